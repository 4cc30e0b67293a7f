"""Options and choices in the files of both catalogs; the column names differ, the rules do not."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product as every_combination
from typing import TYPE_CHECKING, ClassVar

from wix_api.products.options import choices_down, choices_of
from wix_files.product_format import UnwritableError, bare
from wix_files.variant_cells import OF_THE_PRODUCT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wix_files.cells import Cells
    from wix_files.product_format import Entity

MOST_OPTIONS = 6
"""Maximum options of a Wix product, on both catalogs."""
MOST_VARIANTS = 1000
_NAMELESS = "the type, the limit and `TRUE` of an option or custom text without a name are left out"
_NUMBERS = range(1, 21)
"""Option columns that are read: more than Wix accepts, so that a seventh option is reported and not dropped."""


@dataclass(frozen=True)
class OptionColumns:
    """Names of the three columns of an option, without its number, and the types that the second may have."""

    name: str
    type: str
    choices: str
    text_type: str
    color_type: str

    def all(self) -> tuple[str, ...]:
        """Return the columns in the order of the files."""
        numbers = range(1, MOST_OPTIONS + 1)
        return tuple(f"{stem}{n}" for n in numbers for stem in (self.name, self.type, self.choices))


@dataclass(frozen=True)
class Choice:
    """One choice; `color` is CSS, "" for a text."""

    label: str
    color: str = ""


@dataclass
class Option:
    """One option of the product's first row; `choices` by label, in order."""

    number: int
    name: str
    is_color: bool
    choices: dict[str, Choice] = field(default_factory=dict)
    render_types: ClassVar[Mapping[bool, str]] = {False: "TEXT_CHOICES", True: "SWATCH_CHOICES"}

    @property
    def entity(self) -> Entity:
        """The option in the one product shape."""
        return {
            "name": self.name,
            "optionRenderType": self.render_types[self.is_color],
            "choicesSettings": {"choices": [choice_entity(choice) for choice in self.choices.values()]},
        }

    def chosen(self, label: str) -> Entity:
        """Read a variant's choice and return its name."""
        names = {"optionName": self.name, "choiceName": label, "renderType": self.render_types[self.is_color]}
        return {"optionChoiceNames": names}


def chosen_of(options: Iterable[Option], chosen: Mapping[str, str]) -> list[Entity]:
    """Return the choices of a variant, from the labels that it has by the names of their options."""
    return [option.chosen(chosen[option.name]) for option in options if option.name in chosen]


def choice_entity(choice: Choice) -> Entity:
    """Return a choice in the one product shape."""
    color = {"colorCode": choice.color} if choice.color else {}
    return {"choiceType": "ONE_COLOR" if choice.color else "CHOICE_TEXT", "name": choice.label, **color}


def read_choice(cells: Cells, column: str, text: str, *, is_color: bool) -> Choice | None:
    """Parse one choice. A colour is separated from its name by the first colon: no CSS colour contains one."""
    if not is_color:
        return Choice(text)
    color, colon, label = text.partition(":")
    if not colon or not color.strip() or not label.strip():
        wanted = "a colour and its name, such as `#1f3a5f:Deep Sea` or `rgb(0,0,51):Blue`"
        cells.complain(column, f"found the choice `{text[:40]}`, expected {wanted}. Correct the cell.")
        return None
    return Choice(label.strip(), color.strip())


def read_options(cells: Cells, columns: OptionColumns) -> list[Option]:
    """Read the options of a product from its first row."""
    options: list[Option] = []
    for number in _NUMBERS:
        column = f"{columns.name}{number}"
        name = cells.word(column, f"options[{len(options)}].name")
        if not name:
            if cells.is_filled(f"{columns.choices}{number}"):
                cells.refuse(column, f"the name of the option that has the choices in `{columns.choices}{number}`")
            remark_nameless(cells, f"{columns.type}{number}")
            continue
        if len(options) >= MOST_OPTIONS:
            cells.complain(
                column, f"found option {number}, expected at most {MOST_OPTIONS} options. Split the product."
            )
            break
        if name in [option.name for option in options]:
            cells.complain(column, f"the option `{name}` is listed twice. List each option once.")
        options.append(_read_option(cells, columns, number, name, len(options)))
    return options


def remark_nameless(cells: Cells, *columns: str) -> None:
    """Report the type and the limit of an option or custom text that has no name, and that it is mandatory."""
    for column in columns:
        if cells.is_filled(column) and cells.word(column).upper() != "FALSE":
            cells.remark(column, _NAMELESS)


def options_of_rows(rows: Sequence[Cells], columns: OptionColumns, most: int) -> list[Option]:
    """Return the options that the first row names, with the choices of all rows: files with one choice in a cell."""
    head = rows[0]
    options: list[Option] = []
    for n in range(1, most + 1):
        name = head.word(f"{columns.name}{n}", f"options[{len(options)}].name")
        column = f"{columns.choices}{n}"
        choices: dict[str, Choice] = {}
        for cells in rows:
            if (label := cells.word(column)) and label not in choices:
                cells.note(f"options[{len(options)}].choicesSettings.choices[{len(choices)}]", column)
                choices[label] = Choice(label)
                cells.doubt_date(column)
        if name in [option.name for option in options]:
            head.complain(f"{columns.name}{n}", f"the option `{name}` is listed twice. List each option once.")
        elif name:
            options.append(Option(n, name, is_color=False, choices=choices))
        elif choices:
            head.refuse(
                f"{columns.name}{n}", f"the name of the option that has the choice `{next(iter(choices))[:40]}`"
            )
    return options


def has_options(cells: Cells, columns: OptionColumns) -> bool:
    """True if the file has columns for options."""
    return any(cells.has(f"{columns.name}{number}") for number in _NUMBERS)


def _read_option(cells: Cells, columns: OptionColumns, number: int, name: str, index: int) -> Option:
    types = {columns.text_type: False, columns.color_type: True}
    is_color = cells.one_of(f"{columns.type}{number}", types, f"options[{index}].optionRenderType")
    if is_color is None and not cells.is_filled(f"{columns.type}{number}"):
        cells.refuse(f"{columns.type}{number}", " or ".join(types))
    option = Option(number, name, bool(is_color))
    column = f"{columns.choices}{number}"
    for at, text in enumerate(cells.listed(column, f"options[{index}].choicesSettings.choices") or []):
        choice = read_choice(cells, column, text, is_color=option.is_color)
        cells.note(f"options[{index}].choicesSettings.choices[{at}]", column)
        if choice is None:
            continue
        if choice.label in option.choices:
            cells.complain(column, f"the choice `{choice.label[:40]}` is listed twice. List each choice once.")
        option.choices[choice.label] = choice
    if not option.choices and not cells.findings.problems:
        cells.refuse(column, f"the choices of `{name}` with `;` between them")
    return option


class Combinations:
    """The choices of variant rows: each one belongs to its option, and no combination occurs twice."""

    def __init__(self, options: list[Option], columns: OptionColumns) -> None:
        self._options = options
        self._columns = columns
        self._lists_choices = bool(columns.type)  # in the first row; else, the choices of all rows are read
        numbers = {*_NUMBERS} - {option.number for option in options} if options or self._lists_choices else ()
        self._unnamed = [(f"{columns.name}{number}", f"{columns.choices}{number}") for number in sorted(numbers)]
        self._seen: dict[tuple[str, ...], int] = {}

    def read(self, cells: Cells) -> dict[str, str]:
        """Return option name → choice label of a variant row."""
        chosen = {}
        for name, column in self._unnamed:
            if self._lists_choices and cells.is_filled(column):
                cells.refuse(column, "nothing, since the first row of the product names no option for it")
            elif cells.is_filled(name):
                cells.remark(name, OF_THE_PRODUCT)
        for option in self._options:
            column = f"{self._columns.choices}{option.number}"
            label = self._label(cells, column, option)
            if label is not None:
                chosen[option.name] = label
        if len(chosen) == len(self._options):
            self._check_once(cells, tuple(chosen.values()))
        return chosen

    def _label(self, cells: Cells, column: str, option: Option) -> str | None:
        name = f"{self._columns.name}{option.number}"
        if cells.word(name).casefold() not in {"", option.name.casefold()}:
            cells.refuse(name, f"`{option.name}` as in the first row of the product, or nothing")
        text = cells.word(column)
        # A colour may be given in full, or by its name if the name does not contain a colon.
        label = text.partition(":")[2].strip() if option.is_color and text not in option.choices else text
        if label in option.choices:
            return label
        known = ", ".join(f"`{choice}`" for choice in list(option.choices)[:10])
        advice = "Add the choice to the product's first row, or correct this one."
        if not option.choices:
            advice = (
                f"Enter it in each row, or clear `{cells.row.spellings.get(name, name)}` in the product's first row."
            )
        cells.refuse(column, f"one choice of the option `{option.name}`{f' ({known})' if known else ''}", advice)
        return None

    def _check_once(self, cells: Cells, combination: tuple[str, ...]) -> None:
        if combination in self._seen:
            shown = " / ".join(combination) or "no choice"
            first = self._seen[combination]
            column = f"{self._columns.choices}{self._options[0].number}" if self._options else ""
            cells.complain(column, f"the combination {shown} is already in line {first}. Delete one of the rows.")
        self._seen.setdefault(combination, cells.row.line)


def all_combinations(cells: Cells, options: list[Option], column: str) -> list[dict[str, str]]:
    """Return every combination, for a product with options and without variant rows."""
    number = 1
    for option in options:
        number *= len(option.choices)
    if number > MOST_VARIANTS:
        cells.complain(
            column, f"these choices make {number:,} variants, expected at most {MOST_VARIANTS:,}. Remove some choices."
        )
        return []
    names = [option.name for option in options]
    return [dict(zip(names, labels, strict=True)) for labels in every_combination(*(o.choices for o in options))]


def write_options(options: list[Entity], columns: OptionColumns) -> dict[str, str]:
    """Write the options of a product into its first row.

    Raises:
        UnwritableError: A choice contains the separator of choices.
    """
    row = {}
    for number, option in enumerate(options, start=1):
        is_color = option.get("optionRenderType") == Option.render_types[True]
        row[f"{columns.name}{number}"] = bare(str(option.get("name") or ""), "the option")
        row[f"{columns.type}{number}"] = columns.color_type if is_color else columns.text_type
        choices = choices_of(option)
        row[f"{columns.choices}{number}"] = ";".join(write_choice(choice, is_color=is_color) for choice in choices)
    return row


def write_choice(choice: Mapping[str, str], *, is_color: bool) -> str:
    """Return the text of a choice.

    Raises:
        UnwritableError: It contains the separator of choices, or is a swatch without a colour.
    """
    label = bare(str(choice.get("name") or ""), "the choice")
    if ";" in label or (is_color and not choice.get("colorCode")):
        why = "contains a `;`, which separates choices" if ";" in label else "is a swatch without a colour"
        msg = f"the choice `{label}` {why}"
        raise UnwritableError(msg)
    return f"{choice['colorCode']}:{label}" if is_color else label


def chosen_names(choices: list[Entity], options: list[Entity]) -> dict[str, str]:
    """Return the choices of one variant, option name → choice name; Wix may return only ids."""
    return dict(choices_down(choices, ({"options": options},)))


def write_option_names(options: list[Entity], columns: OptionColumns) -> dict[str, str]:
    """Write the names of options alone."""
    return {f"{columns.name}{n}": bare(str(one.get("name") or ""), "the option") for n, one in enumerate(options, 1)}


def write_choice_names(choices: list[Entity], options: list[Entity], columns: OptionColumns) -> dict[str, str]:
    """Write the choices of one variant, one in a cell, by their names alone."""
    chosen = chosen_names(choices, options)
    names = (str(option.get("name") or "") for option in options)
    return {f"{columns.choices}{n}": bare(chosen.get(name, ""), "the choice") for n, name in enumerate(names, start=1)}


def write_chosen(choices: list[Entity], options: list[Entity], columns: OptionColumns) -> Iterator[tuple[str, str]]:
    """Write the choices of one variant: column → cell.

    Raises:
        UnwritableError: An option has no such choice, or the variant has none of its choices.
    """
    chosen = chosen_names(choices, options)
    for number, option in enumerate(options, start=1):
        is_color = option.get("optionRenderType") == Option.render_types[True]
        name = bare(chosen.get(option["name"], ""), "the choice")
        choice = next((choice for choice in choices_of(option) if choice["name"] == name), None)
        if choice is None:
            msg = f"a variant has the choice `{name}`, which its option `{option['name']}` lacks"
            raise UnwritableError(msg)
        yield f"{columns.choices}{number}", write_choice(choice, is_color=is_color)
