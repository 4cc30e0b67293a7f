"""Mistakes are reported with line and column; nothing is guessed, and the other products are imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.files.reading import problems_of, products_of
from wix_files.cells import Row
from wix_files.csv_files import FileError, opened
from wix_files.joining import RowJoiner
from wix_files.recognition import FORMATS, HeaderError, format_of_file, recognise
from wix_files.sources import Source
from wix_files.variant_cells import OF_THE_PRODUCT

if TYPE_CHECKING:
    from pathlib import Path

OPTION = "productOptionName1,productOptionType1,productOptionDescription1"
HEADER = f"handleId,fieldType,name,price,surcharge,{OPTION}"
GOOD = "mug,Product,Mug,9,,,,\n"
SIZES = "lamp,Product,Lamp,5,,Size,DROP_DOWN,S;M\n"
SMALL = "lamp,Variant,,,1,,,S\n"
MEDIUM = "lamp,Variant,,,2,,,M\n"

BROKEN = {
    "lamp,product,Lamp,5,,,,\n": "line 2, column `fieldType`: found `product`, expected Product or Variant, exactly",
    SMALL
    + SIZES
    + SMALL
    + MEDIUM: "line 2, column `fieldType`: this Variant row belongs to `lamp`, but does not follow a row",
    GOOD + SMALL: "line 3, column `fieldType`: this Variant row belongs to `lamp`, but does not follow a row of",
    SIZES
    + SMALL
    + "lamp,Variant,,,2,,,XL\n": "line 4, column `productOptionDescription1`: found `XL`, expected one choice",
    GOOD
    + "mug,Variant,,,1,,,S\n": "line 3, column `productOptionDescription1`: found `S`, expected nothing, since the",
    SIZES + SMALL + SMALL: "line 4, column `productOptionDescription1`: the combination S is already in line 3.",
    SIZES + SMALL + "lamp,Variant,,7,,,,M\n": "line 4, column `price`: found `7`, expected nothing in the row of a var",
    'lamp,Product,Lamp,"12,50",,,,\n': "line 2, column `price`: found `12,50`, expected a number without a comma",
    f"lamp,Product,Lamp,{'9' * 30},,,,\n": f"line 2, column `price`: found `{'9' * 30}`, expected a number below 1,000",
    "lamp,Product,Lamp,€12,,,,\n": "line 2, column `price`: found `€12`, expected a number alone, such as 1299",
    "lamp,Product,Lamp,5,,,,,,more\n": "line 2: found 10 cells, expected 8, one for each column. Look for a quote",
    '"\n",,,,,,,\nlamp,Product,Lamp\n': "line 4: found 3 cells, expected 8, one for each column. Look for a line break",
    "lamp,Product,Lamp,5,,,DROP_DOWN,S\n": "line 2, column `productOptionName1`: found nothing, expected the name of",
    "lamp,Product,Lamp,5,2,,,\n": "line 2, column `surcharge`: found `2`, expected nothing or 0 in the row of",
    "lamp,Product,Lamp,5,,Size,,S\n": "line 2, column `productOptionType1`: found nothing, expected DROP_DOWN or",
    "lamp,Product,Lamp,5,,Size,DROP_DOWN,\n": "line 2, column `productOptionDescription1`: found nothing, expected the",
    "lamp,Product,Lamp,5,,Glaze,COLOR,Blue\n": "line 2, column `productOptionDescription1`: found the choice `Blue`",
    "lamp,Product,Lamp,5,,Glaze,COLOR,:Blue\n": "line 2, column `productOptionDescription1`: found the choice `:Blue`",
    "lamp,Product,Lamp,5,,Glaze,COLOR,blue:\n": "line 2, column `productOptionDescription1`: found the choice `blue:`",
    "lamp,Product,Lamp,5,,Size,DROP_DOWN,S;S\n": "line 2, column `productOptionDescription1`: the choice `S` is listed",
    "lamp,Product,Lamp,,,Size,DROP_DOWN,S\n"
    + SMALL: "line 3, column `surcharge`: a surcharge is added to the product's",
    ",Product,Lamp,5,,,,\n": "line 2, column `handleId`: found nothing, expected a handle",
}


PLAIN = "handle,name,price,option1,choice1\n"
BROKEN_PLAIN = {
    "lamp,#NV,5,,\n": "line 2, column `name`: found `#NV`. The formula of this cell has an error.",
    "lamp,NaN,5,,\n": "line 2, column `name`: found `NaN`. A program wrote it for a blank cell. Clear the cell.",
    "lamp,Lamp,NULL,,\n": "line 2, column `price`: found `NULL`. A program wrote it for a blank cell. Clear the cell.",
    "lamp,Lamp,5,,  , ,\nlamp,Lamp,5,,, ,x\n": "line 3: found 7 cells, expected 5, one for each column.",
    "lamp,Lamp,,Size,\nlamp,Shade,5,,S\n": "line 3, column `name`: found `Shade`, expected nothing, or the same as in",
    "lamp,Lamp,5,Size,\nlamp,,5,,S\n": "line 2, column `price`: found `5`, expected nothing in a row without choices",
    "lamp,Lamp,5,,S\n": "line 2, column `option1`: found nothing, expected the name of the option that has the choice",
    ",Lamp,5,Size,S\n": "line 2, column `handle`: found nothing, expected the handle of the product, the same in all",
    "lamp,Lamp,,Size,\n": "line 2, column `choice1`: found nothing, expected a choice of `Size`, here and in further",
    "lamp,Lamp,5,Size,S\nlamp,,5,Color,Red\n": "line 3, column `option1`: found `Color`, expected `Size` as in the",
    "lamp,Lamp,5,Size,S\nlamp,,5,,S\n": "line 3, column `choice1`: the combination S is already in line 2.",
}


@pytest.mark.parametrize("wrong", ["", "lamp-2"])
@pytest.mark.parametrize(
    ("header", "first", "row"),
    [
        (f"{PLAIN}", "lamp,Lamp,5,Size,S\n", ",,5,,M\n"),
        (f"{HEADER}\n", SIZES + SMALL, ",Variant,,,2,,,M\n"),
        ("Handle,Title,Option1 Name,Option1 Value\n", "lamp,Lamp,Size,S\n", ",,,M\n"),
    ],
    ids=["plain", "wix-v1", "shopify"],
)
def test_a_product_is_not_written_without_a_variant_whose_handle_is_wrong(
    tmp_path: Path, header: str, first: str, row: str, wrong: str
) -> None:
    path = written(tmp_path / "products.csv", f"{header}{first}{wrong}{row}")
    (product,) = products_of(path)
    assert product.handle == "lamp"
    assert product.problems


@pytest.mark.parametrize(("rows", "reported"), BROKEN_PLAIN.items())
def test_a_broken_plain_row_is_reported_and_the_others_are_imported(tmp_path: Path, rows: str, reported: str) -> None:
    path = written(tmp_path / "products.csv", f"{PLAIN}{rows}vase,Vase,3,,\n")
    assert [problem[: len(reported)] for problem in problems_of(path)] == [reported]
    assert "vase" in [product.handle for product in products_of(path) if not product.problems]


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_a_variant_may_repeat_the_price_of_its_product(tmp_path: Path) -> None:
    path = written(tmp_path / "products.csv", f"{HEADER}\n{SIZES}{SMALL}lamp,Variant,,5,,,,M\n")
    assert problems_of(path) == []


@pytest.mark.parametrize(("rows", "reported"), BROKEN.items())
def test_a_broken_row_is_reported_and_the_others_are_imported(tmp_path: Path, rows: str, reported: str) -> None:
    path = written(tmp_path / "products.csv", f"{HEADER}\n{rows}vase,Product,Vase,3,,,,\n")
    found = problems_of(path)
    assert len(found) == 1
    assert found[0].startswith(reported), found[0]
    assert "vase" in [product.handle for product in products_of(path) if not product.problems]


def test_a_row_of_an_unknown_kind_rejects_its_own_product_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "products.csv", f"{HEADER}\n{GOOD}lamp,product,Lamp,5,,,,\n{SMALL}")
    mug, lamp = products_of(path)
    assert (mug.handle, mug.problems) == ("mug", ())
    assert (lamp.lines, len(lamp.problems)) == ((3, 4), 1)


@pytest.mark.parametrize("name", ["Vase", "Lamp", ""])
def test_a_row_with_a_handle_and_a_name_of_its_own_does_not_reject_the_product_above(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "products.csv", f"{PLAIN}lamp,Lamp,5,,\nvase,{name},5,,S\nvase,,5,,M\n")
    lamp, vase = products_of(path)
    assert lamp.lines == ((2,) if name == "Vase" else (2, 3))
    assert (bool(lamp.problems), bool(vase.problems)) == (name != "Vase", True)


def test_many_rows_without_their_product_are_not_counted_as_one(tmp_path: Path) -> None:
    path = written(tmp_path / "products.csv", f"{HEADER}\n{GOOD}{SMALL * 3005}")
    assert [problem[:23] for problem in problems_of(path)] == ["line 3, column `fieldTy", "line 4, column `fieldTy"]


def test_a_seventh_option_is_reported(tmp_path: Path) -> None:
    columns = ",".join(f"productOptionName{n},productOptionType{n},productOptionDescription{n}" for n in range(1, 8))
    cells = ",".join(f"Option {n},DROP_DOWN,a" for n in range(1, 8))
    path = written(tmp_path / "products.csv", f"handleId,fieldType,name,{columns}\nlamp,Product,Lamp,{cells}\n")
    assert problems_of(path) == [
        "line 2, column `productOptionName7`: found option 7, expected at most 6 options. Split the product."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "handle,name,price,option1,choice1,option2,choice2\nlamp,Lamp,5,Size,S,Size,M\n",
        "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value\nlamp,Lamp,Size,S,Size,M\n",
    ],
)
def test_an_option_that_is_listed_twice_is_reported(tmp_path: Path, text: str) -> None:
    (problem,) = problems_of(written(tmp_path / "products.csv", text))
    assert "the option `Size` is listed twice. List each option once." in problem


def test_choices_that_make_too_many_variants_are_reported(tmp_path: Path) -> None:
    columns = ",".join(f"productOptionName{n},productOptionType{n},productOptionDescription{n}" for n in range(1, 4))
    labels = ";".join(map(str, range(11)))
    cells = ",".join(f"Option {n},DROP_DOWN,{labels}" for n in range(1, 4))
    path = written(tmp_path / "products.csv", f"handleId,fieldType,price,{columns}\nlamp,Product,5,{cells}\n")
    reported = problems_of(path)
    assert reported[0].startswith(
        "line 2, column `productOptionDescription1`: these choices make 1,331 variants, expected"
    )


def test_no_more_rows_than_wix_could_take_are_held_of_one_product() -> None:
    joiner = RowJoiner(FORMATS["wix-v1"])
    joiner.add(Row(2, {"handleId": "lamp", "fieldType": "Product"}))
    for line in range(3, 5003):
        joiner.add(Row(line, {"handleId": "lamp", "fieldType": "Variant"}))
    assert len(joiner._rows) <= 3000
    product = joiner.end()
    assert product
    assert "found 5,001 rows of one product" in str(product.problems[0])


@pytest.mark.parametrize("picture", ["images/lamp.jpg", "C:\\Pictures\\lamp.jpg", "file:///home/lamp.jpg"])
def test_a_local_picture_is_refused_with_advice(tmp_path: Path, picture: str) -> None:
    path = written(tmp_path / "products.csv", f"handleId,fieldType,productImageUrl\nlamp,Product,{picture}\n")
    reported = problems_of(path)
    assert reported[0].startswith(
        f"line 2, column `productImageUrl`: found `{picture}`, expected a web address (https://…) or"
    )
    assert "Wix cannot reach files of this computer" in reported[0]


@pytest.mark.parametrize(
    ("content", "reported"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf\r\n", "The file is empty"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "The file is a web page"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE html>\n<html><body>Log in</body></html>', "The file is a web page"),
        (b'<?xml version="1.0"?>\n<rss><channel><item/></channel></rss>', "The file is XML, not CSV. Export it as CSV"),
        (b'<rss version="2.0"><channel><item/></channel></rss>', "The file is XML, not CSV."),
        (b"PK\x03\x04rest of a workbook", "The file is neither CSV nor a workbook"),
        (b"handleId,fieldType\nl\x8d\x81mp,Product\n", "The file is neither UTF-8, UTF-16 nor Windows-1252"),
        *(
            ("handle,name\na,A\n".encode(encoding), "The file is UTF-32, or no text. Save it as CSV UTF-8.")
            for encoding in ("utf-32", "utf-32-le", "utf-32-be")
        ),
        ("\ufeffhandle,name\na,A\n".encode("utf-32-be"), "The file is UTF-32"),
        (b"handle,name\na,A\0B\n", "it contains NUL characters"),
        (b"handle,name\na," + b"A" * (2 << 20) + b"\0B\n", "it contains NUL characters"),
        *(
            (
                f"handle,name\na,{name}\n".encode(encoding),
                "neither UTF-8 nor, as it reads `.*`, Windows-1252. Save it as",
            )
            for encoding, name in {
                "shift_jis": "東京マグ",
                "cp1250": "Żółty",
                "cp1251": "Кружка",
                "mac_roman": "Müsli",
                "cp437": "Jamón",
                "cp850": "Café",
            }.items()
        ),
        ("handle,name\na,ä\n".encode() + b"b,\xe4\n", "neither UTF-8 nor, as it reads"),
    ],
)
def test_a_file_that_is_not_csv_is_reported(tmp_path: Path, content: bytes, reported: str) -> None:
    path = tmp_path / "products.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=reported), Source(path).opened():
        pass


@pytest.mark.parametrize(
    ("cell", "reported"),
    [
        (
            "https://img.example.test/a.jpg or ftp://img.example.test/b.jpg",
            "expected one web address. Separate addresses with `;`.",
        ),
        ("http://[img/a.jpg", "expected one web address. Correct the cell."),
        ("https:///a.jpg", "expected one web address."),
        ("wix:image://v1/placeholder.jpg", "expected a web address (https://…) or the id of a picture on Wix"),
        ("data:image/png;base64,iVBORw0KGgo=", "expected the address of a picture, not the picture as a text."),
    ],
)
def test_an_address_that_shows_no_picture_is_refused(tmp_path: Path, cell: str, reported: str) -> None:
    path = written(tmp_path / "products.csv", f'handle,price,media\nlamp,5,"{cell}"\n')
    assert [text.partition("`, ")[2][: len(reported)] for text in problems_of(path)] == [reported]


def test_pictures_of_one_shopify_row_are_refused(tmp_path: Path) -> None:
    rows = "lamp,Lamp,5,https://img.example.test/a.jpg;https://img.example.test/b.jpg\n"
    (problem,) = problems_of(written(tmp_path / "products.csv", f"Handle,Title,Variant Price,Image Src\n{rows}"))
    assert problem.endswith("expected one web address. Each address has its own row.")


@pytest.mark.parametrize(
    ("discount", "reported"),
    [
        (
            ",15",
            "column `discountMode`: found nothing, expected PERCENT or AMOUNT, since there is a discount. Enter it.",
        ),
        ("PERCENT,150", "column `discountValue`: found `150`, expected at most 100 percent. Correct the cell."),
    ],
)
def test_a_discount_that_says_no_price_is_refused(tmp_path: Path, discount: str, reported: str) -> None:
    header = "handleId,fieldType,name,price,discountMode,discountValue"
    (problem,) = problems_of(written(tmp_path / "products.csv", f"{header}\nlamp,Product,Lamp,10,{discount}\n"))
    assert problem == f"line 2, {reported}"


@pytest.mark.parametrize(
    "text",
    [
        '"handle,name,price"\n"lamp,""Lamp, large"",5"\nvase,Vase,3\n',
        '"handle;name;price";;\n"lamp;""Lamp, large"";5";;\nvase;Vase;3\n',
        'handle,name,price\n"lamp,""Lamp, large"",5"\nvase,Vase,3\n',
        '"handle\tprice\tname"\t\t\n"lamp\t5\tLamp, large"\t\t\nvase\t3\tVase\t\t\n',
    ],
)
def test_a_line_that_was_saved_as_one_cell_is_read_as_its_cells(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "products.csv", text)
    assert [product.record["name"] for product in products_of(path)] == ["Lamp, large", "Vase"]


def test_blanks_after_all_separators_are_no_part_of_cells_or_quotes(tmp_path: Path) -> None:
    text = '"handle", "name", "price"\n"lamp", "Lamp, ""large""", "5"\nvase, Vase, 3\n'
    found = products_of(written(tmp_path / "products.csv", text))
    named = [(product.handle, product.record["name"]) for product in found]
    assert named == [("lamp", 'Lamp, "large"'), ("vase", "Vase")]


def test_a_text_with_separators_in_an_otherwise_blank_row_stays_one_cell(tmp_path: Path) -> None:
    path = written(tmp_path / "products.csv", 'name,handle,price\n"Lamp,lamp,5",,\n')
    assert [product.record["name"] for product in products_of(path)] == ["Lamp,lamp,5"]


def test_a_row_that_has_only_a_text_with_a_separator_is_not_read_as_two_cells(tmp_path: Path) -> None:
    with opened(written(tmp_path / "products.csv", 'name,handle\n"Shirt, red"\n')) as file:
        assert [row.broken != "" for row in file.rows] == [True]


def test_texts_with_separators_in_the_only_column_stay_one_cell(tmp_path: Path) -> None:
    with opened(written(tmp_path / "products.csv", 'name\n"Lamp, large"\n')) as file:
        assert [(row.cells, row.broken) for row in file.rows] == [({"name": "Lamp, large"}, "")]


@pytest.mark.parametrize("cells", ["\u200blamp,L1\u200b", '\ufeff"lamp",\u202aL1\u202c'])
def test_invisible_characters_are_no_part_of_a_handle_or_sku(tmp_path: Path, cells: str) -> None:
    path = written(tmp_path / "products.csv", f"handle,sku,name,price\nvase,V1,Vase,3\n{cells},Lamp,5\n")
    lamp = list(products_of(path))[1].record
    assert (lamp["handle"], lamp["variantsInfo"]["variants"][0]["sku"]) == ("lamp", "L1")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"brand": "None"}, "brand"),
        ({"name": "Salt &amp; Pepper"}, "name"),
        ({"description": "One\nTwo"}, "description"),
        ({"description": "&lt;p&gt;One&lt;/p&gt;"}, "description"),
        ({"collections": "Home, Kitchen"}, "collections"),
        ({"option1": "Size", "choice1": "S, M, L"}, "choice1"),
        ({"price": "9", "compareAtPrice": "9"}, "compareAtPrice"),
        ({"weight": "250"}, "weight"),
    ],
)
def test_a_text_that_probably_means_another_one_is_noted(cells: dict[str, str], column: str) -> None:
    def notes(row: dict[str, str]) -> list[str]:
        joiner = RowJoiner(FORMATS["plain"])
        assert joiner.add(Row(2, row)) is None
        found = joiner.end()
        assert found is not None
        return [note.place.column for note in found.notes]

    row = {"handle": "lamp", "name": "Lamp", **cells}
    assert notes(row) == [column]
    usual = {
        "brand": "Nonesuch",
        "name": "Q&A; R",
        "description": "<p>One\nTwo &lt;br&gt;</p>",
        "collections": "Home, Kitchen; Baths",
        "choice1": "S",
        "compareAtPrice": "0",
        "weight": "2.5",
    }
    assert notes({**row, column: usual[column]}) == []


def test_a_row_that_deletes_a_product_with_options_needs_no_name(tmp_path: Path) -> None:
    path = written(tmp_path / "products.csv", f"_command,{PLAIN}delete,lamp,,,Size,S\nupsert,vase,Vase,3,,\n")
    assert [(product.handle, product.problems) for product in products_of(path)] == [("lamp", ()), ("vase", ())]


def test_the_separator_is_that_of_the_first_line_with_text(tmp_path: Path) -> None:
    path = written(tmp_path / "products.csv", "\n \nhandle;name;price\nlamp;Lamp;5\n")
    assert [product.record["name"] for product in products_of(path)] == ["Lamp"]


@pytest.mark.parametrize("options", ["Size,S", ","])
def test_a_shopify_row_without_a_choice_has_no_values_of_a_variant(tmp_path: Path, options: str) -> None:
    header = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,Cost per item"
    pictures = "lamp,,,,,,https://img.example.test/a.jpg,\nlamp,,,,L-S,5,https://img.example.test/b.jpg,\n"
    rows = f"lamp,Lamp,{options},L-S,5,,\n{pictures}lamp,,,,L-M,6,,2\n"
    reported = problems_of(written(tmp_path / "products.csv", f"{header}\n{rows}"))
    assert [text.partition(": ")[0] for text in reported] == [
        "line 5, column `Variant SKU`",
        "line 5, column `Variant Price`",
        "line 5, column `Cost per item`",
    ]


def test_a_shopify_product_is_not_written_without_its_first_variant(tmp_path: Path) -> None:
    header = "Handle,Title,Option1 Name,Option1 Value,Variant SKU"
    rows = "lamp,Lamp,Size,,L-S\nlamp,,,M,L-M\n"
    (problem,) = problems_of(written(tmp_path / "products.csv", f"{header}\n{rows}"))
    assert problem.startswith("line 2, column `Variant SKU`: found `L-S`, expected nothing in a row without a choice")


def test_a_value_of_a_shopify_product_in_a_further_row_is_reported(tmp_path: Path) -> None:
    header = "Handle,Title,Vendor,Option1 Name,Option1 Value"
    rows = "lamp,Lamp,Norrholm,Size,S\nlamp,Lamp,Oak,,M\n"
    (product,) = products_of(written(tmp_path / "products.csv", f"{header}\n{rows}"))
    assert [(str(note.place), note.text) for note in product.notes] == [("line 3, column `Vendor`", OF_THE_PRODUCT)]


@pytest.mark.parametrize("column", ["additionalInfoTitle1", "additionalInfoDescription6", "customTextField2"])
def test_texts_of_a_wix_product_in_the_row_of_a_variant_are_reported(tmp_path: Path, column: str) -> None:
    path = written(tmp_path / "products.csv", f"{HEADER},{column}\n{SIZES[:-1]},\n{SMALL[:-1]},Wool\n")
    (product,) = products_of(path)
    assert [(str(note.place), note.text) for note in product.notes] == [(f"line 3, column `{column}`", OF_THE_PRODUCT)]


def test_a_weight_in_a_row_of_a_shopify_picture_is_reported(tmp_path: Path) -> None:
    header = "Handle,Title,Variant Price,Variant Grams,Image Src"
    pictures = "".join(f"lamp,,,{grams},https://img.example.test/{grams}.jpg\n" for grams in ("500", "750", ""))
    (product,) = products_of(written(tmp_path / "products.csv", f"{header}\nlamp,Lamp,5,500,\n{pictures}"))
    assert [str(note.place) for note in product.notes] == ["line 4, column `Variant Grams`"]


def test_a_quantity_without_an_inventory_tracker_is_reported(tmp_path: Path) -> None:
    header = "Handle,Title,Variant Price,Variant Inventory Tracker,Variant Inventory Qty"
    rows = "lamp,Lamp,5,,7\nmug,Mug,5,,0\ncup,Cup,5,shopify,7\n"
    found = list(products_of(written(tmp_path / "products.csv", f"{header}\n{rows}")))
    assert [[str(note.place) for note in product.notes] for product in found] == [
        ["line 2, column `Variant Inventory Qty`"],
        [],
        [],
    ]


def test_a_slug_of_its_own_in_the_row_of_a_variant_is_refused(tmp_path: Path) -> None:
    path = written(
        tmp_path / "products.csv",
        "handle,slug,price,option1,choice1\nlamp,lamp,5,Size,S\nlamp,,5,,M\nlamp,shade,5,,L\n",
    )
    reported = "line 4, column `slug`: found `shade`, expected nothing, or the same as in the first row of the product."
    assert problems_of(path) == [f"{reported} Correct the cell."]


@pytest.mark.parametrize(("name", "encoding"), [("Città", "cp850"), ("Öl", "cp437"), ("España", "mac_roman")])
def test_a_sign_that_may_be_a_letter_of_another_encoding_is_shown(tmp_path: Path, name: str, encoding: str) -> None:
    path = tmp_path / "products.csv"
    path.write_bytes(
        f"name,price\n5 \u20ac,5\n{name},3\n".encode("cp1252").replace(name.encode("cp1252"), name.encode(encoding))
    )
    with opened(path) as file:
        shown = name.encode(encoding).decode("cp1252")
        assert f"Line 3 reads `{shown},3`: if that is wrong, save the file as CSV UTF-8." in file.warning


def test_an_older_encoding_is_read_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    name = "Größe 5€ m² °C «Où?» ¿Qué? l\u2019œuvre 1½ N\u00ba AMANHÃ, 10 µm „©“ Žižek… «\xa0café\xa0»\xa0\u2013\xa0„Ö“"
    name += " TUŠŠ DUŽINA «\xa0Oui\xa0»\xa0«\xa0Non\xa0» L'HAŸE 1m³h ©®™“ ±²³½ Serie„Aida“ Ya¡Oye!"
    path.write_bytes(f'name,price\n"{name}",3\n'.encode("cp1252"))
    with opened(path) as file:
        assert (
            'it is read as Windows-1252. Line 2 reads `"Größe 5€ m² °`: if that is wrong, save the file' in file.warning
        )
        assert [row.cells["name"] for row in file.rows] == [name]
    path.write_text(f'name,price\n"{name}",3\n', encoding="utf-8")
    with opened(path) as file:
        assert file.warning == ""


@pytest.mark.parametrize("name", ["Größe", "It\u2019s", "5\xa0€", "caf\xe9"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_letters_that_a_program_garbled_before_are_reported_by_line(tmp_path: Path, name: str, encoding: str) -> None:
    path = tmp_path / "products.csv"
    garbled = name.encode().decode("cp1252")
    path.write_text(f"name,price\nMug,3\n{garbled},3\n", encoding=encoding)
    with opened(path) as file:
        assert f"Line 3 has garbled letters: `{garbled},3`." in file.warning


@pytest.mark.parametrize(("name", "encoding"), [("??", "ascii"), ("Löwe ???", "cp1252"), ("<b>??</b>", "utf-8")])
def test_letters_that_a_program_replaced_by_question_marks_are_reported(
    tmp_path: Path, name: str, encoding: str
) -> None:
    path = tmp_path / "products.csv"
    path.write_text(f"name,price,media\nMug,3,https://x.com/a?b=??\nReally??,4,\n{name},3,\n", encoding=encoding)
    with opened(path) as file:
        assert "Line 4 may lack letters: `" in file.warning


def test_garbled_letters_are_reported_although_somebody_asks_with_two_question_marks(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("name,price\nVraiment ??,3\nGrÃ¶ÃŸe,3\n", encoding="utf-8")
    with opened(path) as file:
        assert file.warning.startswith("Line 3 has garbled letters")


def test_a_byte_order_mark_that_a_program_read_as_letters_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("ï»¿handleId,fieldType,name\nmug,Product,Mug\n", encoding="utf-8")
    (mug,) = products_of(path)
    assert (mug.handle, mug.problems) == ("mug", ())


def test_blank_rows_and_columns_are_left_out_unless_they_have_values(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("\n,,,,\nhandle,,name, ,price\nmug,,Mug, ,9\n , ,,,\ncup,, Cup,late,8\n")
    mug, cup = products_of(path)
    assert (mug.lines, mug.record["name"]) == ((4,), "Mug")
    assert [str(problem) for problem in cup.problems] == [
        "line 6: found `late` in cell 4, whose column has no name. Name the column in the header, or empty it."
    ]


def test_an_unclosed_quote_is_reported_by_line_and_column_and_earlier_rows_are_imported(tmp_path: Path) -> None:
    path = written(tmp_path / "products.csv", f'{HEADER}\n{GOOD}vase,Product,"Vase,3,,,,\nbowl,Product,Bowl,4,,,,\n')
    read = products_of(path)
    with pytest.raises(FileError, match="a text in quotes begins here") as caught:
        list(read)
    assert (caught.value.line, caught.value.column) == (3, "name")


def test_an_unclosed_quote_after_a_blank_is_reported_by_its_column(tmp_path: Path) -> None:
    path = written(tmp_path / "products.csv", 'handle, name, price\nmug, Mug, 9\ncup, "Best" cup, 8\n')
    with pytest.raises(FileError, match="a text in quotes begins here") as caught:
        list(products_of(path))
    assert (caught.value.line, caught.value.column) == (3, "name")


@pytest.mark.parametrize("first", ["", "sep=\t\n"])
def test_quotes_are_letters_in_a_tab_separated_file_that_encloses_no_cell_in_them(tmp_path: Path, first: str) -> None:
    rows = 'mug\t"Best" mug\t9\n\ncup\t12" cup\t8\njar\t"Jar\t7\n'
    found = products_of(written(tmp_path / "feed.txt", f"{first}handle\tname\tprice\n{rows}"))
    assert [product.record["name"] for product in found] == ['"Best" mug', '12" cup', '"Jar']


@pytest.mark.parametrize("row", ['cup\t"A ""big"" cup"\t8', 'cup\t"A\tcup"\t8', 'cup\t""\t8'])
def test_a_bare_quote_in_a_tab_separated_file_that_encloses_cells_is_reported(tmp_path: Path, row: str) -> None:
    path = written(tmp_path / "feed.txt", f'handle\tname\tprice\n{row}\nmug\t"Best" mug\t9\n')
    with pytest.raises(FileError, match="a text in quotes begins here") as caught:
        list(products_of(path))
    assert (caught.value.line, caught.value.column) == (3, "name")


def test_a_bare_quote_below_a_header_in_quotes_is_reported(tmp_path: Path) -> None:
    path = written(tmp_path / "feed.txt", '"handle\tname\tprice"\t\nmug\tMug\t9\t\ncup\t"Best" cup\t8\t\n')
    with pytest.raises(FileError, match="a text in quotes begins here"):
        list(products_of(path))


def test_a_description_with_a_picture_in_it_is_read_whole(tmp_path: Path) -> None:
    text = f"<img src='data:image/png;base64,{'A' * 200_000}'>"
    path = written(tmp_path / "products.csv", f'handle,name,price,description\nmug,Mug,9,"{text}"\ncup,Cup,8,\n')
    mug, cup = products_of(path)
    assert (mug.record["plainDescription"], cup.handle) == (text, "cup")


def test_lines_are_those_of_the_file_where_texts_have_several(tmp_path: Path) -> None:
    path = written(tmp_path / "products.csv", f'{HEADER}\nmug,Product,"A\nB\nC",9,,,,\nlamp,Product,Lamp,x,,,,\n')
    assert problems_of(path)[0].startswith("line 5, column `price`")


@pytest.mark.parametrize(
    ("headers", "reported"),
    [
        (["handleId", "fieldType", "nmae"], "has no column `nmae` (perhaps `name`)"),
        (
            ["who", "what"],
            "not those of a product file: `who`, `what`. Expected is one of: Wix (catalog V1): `handleId`",
        ),
        (["name", "price", "Price"], "The columns `price` and `Price` mean the same. Delete one of them."),
        (["name", "price", "Image", "Image URL"], "Delete one of them, or name it `image1`."),
        (["Handle", "Title", "Prise"], "A file of Shopify has no column `Prise` (perhaps `Price`)"),
        (
            ["Handle", "Title", "SKU", "HS Code", "COO", "Location", "On hand"],
            "This is Shopify's inventory file, which",
        ),
        (["name", "price", "condition"], "has no column `condition`. Rename or"),
        (["name", "price", "Imagges"], "has no column `Imagges` (perhaps `media`)"),
    ],
)
def test_an_unknown_header_is_refused_with_what_was_expected(headers: list[str], reported: str) -> None:
    with pytest.raises(HeaderError) as caught:
        recognise(headers)
    assert reported in str(caught.value)


def test_plain_columns_may_have_the_names_of_other_systems_and_languages() -> None:
    for title, number, price in (("Product name", "Product Code/SKU", "Price"), ("Bezeichnung", "Art.-Nr.", "Preis")):
        layout = recognise([title, number, price, "Option Name 1", "Option Value 1"])
        assert layout.format.name == "plain"
        assert list(layout.columns.values()) == ["name", "sku", "price", "option1", "choice1"]


def test_two_plain_columns_are_enough_to_name_the_unknown_one() -> None:
    named = format_of_file(["SKU", "Name", "Price (EUR)"])
    assert named is FORMATS["plain"]
    with pytest.raises(HeaderError, match=r"no column `Price \(EUR\)`"):
        recognise(["SKU", "Name", "Price (EUR)"], named.name)


def test_columns_without_a_place_on_a_site_are_named() -> None:
    further = ("Tags", "Google Shopping / MPN", "Color (product.metafields.shopify.x)", "Standardized Product Type")
    layout = recognise(["Handle", "Title", *further])
    assert layout.format.name == "shopify"
    assert layout.left_out == further


@pytest.mark.parametrize("content", [b"\xff\xfeh\0a\0n", b"h\0a\0\n", b"\xef\xbb\xbfhandle\nm\xff\n"])
def test_a_file_that_is_not_what_it_begins_as_is_reported(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "half.csv"
    file.write_bytes(content)
    with pytest.raises(FileError, match="The file begins as UTF-"), opened(file):
        pass
