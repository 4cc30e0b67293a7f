import assert from "node:assert/strict";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import { mug, shirt, variant } from "../../shapes.mjs";
import { assertOrdered, assertSame, connect, everyItem, fresh, held, ids, NOBODY, refused, test, violated } from "../../suite.mjs";

const wix = connect({ products });
const { createProduct, createProductWithInventory, getProduct, queryProducts, searchProducts, updateProduct } = wix.products;

test("a created product comes back with all that Wix makes", async () => {
  const name = fresh("Crème dish");
  const made = await createProduct(shirt(name));
  assert.equal(made.name, name);
  assert.equal(made.revision, "1");
  assert.ok(made._createdDate instanceof Date);
  assert.ok(made._updatedDate instanceof Date);
  assert.match(made.slug, /^creme-dish-v3-key-\d+$/);
  assert.equal(made.handle, `Product_${made._id}`);
  assert.equal(made.variantsInfo.variants.length, 2);
  assert.equal(made.actualPriceRange.minValue.amount, "20.00");
});

test("a product is created with the members that were asked for", async () => {
  const made = await createProduct(mug(fresh("Jug"), { plainDescription: "<p>Big.</p>" }), {
    fields: ["PLAIN_DESCRIPTION", "CURRENCY", "URL"],
  });
  assert.equal(made.plainDescription, "<p>Big.</p>");
  assert.equal(made.currency, "USD");
  assert.equal(made.actualPriceRange.minValue.formattedAmount, "$10.00");
  assert.match(made.url, /^https:/);
});

test("a product is created with its stock", async () => {
  const body = mug(fresh("Stocked"), { variantsInfo: { variants: [variant("5.00", { inventoryItem: { quantity: 3 } })] } });
  const { product, inventoryResults } = await createProductWithInventory(body, { returnEntity: true });
  assert.equal(inventoryResults.results[0].item.quantity, 3);
  assert.equal(inventoryResults.results[0].item.productId, product._id);
  assert.equal(product.inventory.availabilityStatus, "IN_STOCK");
});

test("a product without stock is out of stock", async () => {
  const made = await createProduct(mug(fresh("Bare")));
  assert.equal(made.inventory.availabilityStatus, "OUT_OF_STOCK");
});

test("brand, ribbon, sections and media are made with the product", async () => {
  const made = await createProduct(
    mug(fresh("Rich"), {
      brand: { name: fresh("Kiln") },
      ribbon: { name: "Just in" },
      infoSections: [{ uniqueName: fresh("care"), title: "Care", plainDescription: "<p>By hand.</p>" }],
      media: { itemsInfo: { items: [{ url: "https://media.example.com/a.png", altText: "front" }] } },
    }),
    { fields: ["INFO_SECTION", "INFO_SECTION_PLAIN_DESCRIPTION", "MEDIA_ITEMS_INFO"] },
  );
  assert.ok(made.brand._id);
  assert.equal(made.ribbon.name, "Just in");
  assert.equal(made.infoSections[0].plainDescription, "<p>By hand.</p>");
  assert.equal(made.media.itemsInfo.items[0].altText, "front");
  assert.match(made.media.main.image, /^wix:image:/);
});

test("modifiers come back as they were made", async () => {
  const freeText = { title: "Initials", minCharCount: 1, maxCharCount: 3 };
  const modifier = { name: "Engraving", modifierRenderType: "FREE_TEXT", mandatory: true, freeTextSettings: freeText };
  const made = await createProduct(mug(fresh("Engraved"), { modifiers: [modifier] }));
  assert.equal(made.modifiers[0].freeTextSettings.title, "Initials");
  assert.equal(made.modifiers[0].mandatory, true);
});

test("a compare-at price shows as a range", async () => {
  const price = { actualPrice: { amount: "8.00" }, compareAtPrice: { amount: "9.50" } };
  const made = await createProduct(mug(fresh("Cheaper"), { variantsInfo: { variants: [variant("8.00", { price })] } }));
  assert.equal(made.compareAtPriceRange.maxValue.amount, "9.50");
});

test("a seeded product is read by id with its variants", async () => {
  const [row] = await held("products");
  const product = await getProduct(row.id);
  assert.equal(product.name, row.name);
  assert.equal(product._createdDate.toISOString(), row.createdDate);
  assertSame(ids(product.variantsInfo.variants), ids(row.variantsInfo.variants));
});

test("choice names of variants come on demand", async () => {
  const { _id } = await createProduct(shirt(fresh("Named")));
  const bare = await getProduct(_id);
  assert.equal(bare.variantsInfo.variants[0].choices[0].optionChoiceNames, undefined);
  const shown = await getProduct(_id, { fields: ["VARIANT_OPTION_CHOICE_NAMES"] });
  assert.equal(shown.variantsInfo.variants[0].choices[0].optionChoiceNames.choiceName, "S");
});

test("a seeded product is read by slug", async () => {
  const [row] = await held("products");
  const { product } = await wix.products.getProductBySlug(row.slug, { fields: ["PLAIN_DESCRIPTION"] });
  assert.equal(product._id, row.id);
  assert.equal(product.plainDescription, row.plainDescription);
});

test("an unknown product or slug is not found", async () => {
  await refused(getProduct(NOBODY), 404);
  await refused(wix.products.getProductBySlug("no-such-slug"), 404);
});

test("pages of a query lead through every product once", async () => {
  const page = await queryProducts().limit(7).find();
  assert.equal(page.items.length, 7);
  assert.equal(page.length, 7);
  const found = await everyItem(page);
  assertSame(ids(found), ids(await held("products")));
  assert.equal(found[0].variantsInfo?.variants?.length, undefined);
});

test("a query goes back a page", async () => {
  const first = await queryProducts().ascending("slug").limit(5).find();
  assert.equal(first.hasPrev(), false);
  const second = await first.next();
  assert.equal(second.hasPrev(), true);
  const again = await second.prev();
  assert.deepEqual(ids(again.items), ids(first.items));
});

test("a query starts at a cursor", async () => {
  const first = await queryProducts().descending("slug").limit(5).find();
  const second = await first.next();
  const direct = await queryProducts().skipTo(first.cursors.next).limit(5).find();
  assert.deepEqual(ids(direct.items), ids(second.items));
});

test("a query sorts by each date and by slug, up and down", async () => {
  for (const field of ["_updatedDate", "_createdDate", "slug"]) {
    const key = (product) => product[field];
    assertOrdered(await everyItem(await queryProducts().ascending(field).limit(40).find()), key);
    assertOrdered(await everyItem(await queryProducts().descending(field).limit(40).find()), key, true);
  }
});

test("a query filters by date, as an incremental reader does", async () => {
  const dates = (await held("products")).map((row) => row.updatedDate).sort();
  const middle = dates[Math.floor(dates.length / 2)];
  const found = await everyItem(
    await queryProducts().ge("_updatedDate", new Date(middle)).ascending("_updatedDate").limit(20).find(),
  );
  assert.equal(found.length, dates.filter((date) => date >= middle).length);
  const before = await everyItem(await queryProducts().lt("_updatedDate", middle).limit(100).find());
  assert.equal(before.length, dates.length - found.length);
});

test("a query filters by a range of dates", async () => {
  const rows = await held("products");
  const [low, high] = [rows[5].createdDate, rows[20].createdDate].sort();
  const found = await queryProducts().gt("_createdDate", low).le("_createdDate", high).limit(100).find();
  assertSame(ids(found.items), ids(rows.filter((row) => row.createdDate > low && row.createdDate <= high)));
});

test("a query filters by lists of ids, slugs and handles", async () => {
  const rows = (await held("products")).slice(2, 6);
  for (const [field, member] of [["_id", "id"], ["slug", "slug"], ["handle", "handle"]]) {
    const found = await queryProducts().in(field, rows.map((row) => row[member])).find();
    assertSame(ids(found.items), ids(rows));
  }
});

test("a query filters by equal and unequal", async () => {
  const rows = await held("products");
  const one = await queryProducts().eq("slug", rows[3].slug).find();
  assert.deepEqual(ids(one.items), [rows[3].id]);
  const rest = await everyItem(await queryProducts().ne("slug", rows[3].slug).limit(100).find());
  assert.equal(rest.length, rows.length - 1);
});

test("a query filters by the start of a slug", async () => {
  const rows = await held("products");
  const start = rows[0].slug.slice(0, 5);
  const found = await everyItem(await queryProducts().startsWith("slug", start).limit(100).find());
  assertSame(ids(found), ids(rows.filter((row) => row.slug.startsWith(start))));
});

test("a query filters by visibility", async () => {
  const hidden = await createProduct(mug(fresh("Hidden"), { visible: false }));
  const found = await everyItem(await queryProducts().eq("visible", false).limit(100).find());
  assert.ok(ids(found).includes(hidden._id));
  assert.ok(found.every((product) => product.visible === false));
});

test("a query that finds nothing is an empty page", async () => {
  const page = await queryProducts().eq("slug", "no-such-slug").find();
  assert.deepEqual(page.items, []);
  assert.equal(page.hasNext(), false);
});

test("a query gives members on demand", async () => {
  const page = await queryProducts({ fields: ["CURRENCY", "URL", "DIRECT_CATEGORIES_INFO"] }).limit(3).find();
  assert.ok(page.items.every((product) => product.currency === "USD" && product.url));
  const plain = await queryProducts().limit(3).find();
  assert.ok(plain.items.every((product) => !product.currency && !product.url));
});

test("a query with a long filter goes as POST", async () => {
  const rows = (await held("products")).slice(0, 60);
  const padding = Array.from({ length: 100 }, (_, at) => NOBODY.replace("dead", String(1000 + at)));
  const found = await everyItem(await queryProducts().in("_id", [...ids(rows), ...padding]).limit(100).find());
  assertSame(ids(found), ids(rows));
});

test("a page of more than 100 is refused", async () => {
  const broken = await violated(queryProducts().limit(101).find());
  assert.ok(Object.keys(broken).some((field) => field.endsWith("cursorPaging.limit")), JSON.stringify(broken));
});

test("a filter on a field that cannot be filtered is refused", async () => {
  const error = await refused(queryProducts().eq("name", "Mug").find(), 400);
  assert.match(error.details.validationError.fieldViolations[0].description, /filterable/);
});

test("a sort on a field that cannot be sorted is refused", async () => {
  const error = await refused(queryProducts().ascending("name").find(), 400);
  assert.match(error.message, /sortable/);
});

test("a search does not sort by what only a query sorts by", async () => {
  await refused(searchProducts({ sort: [{ fieldName: "slug" }] }, {}), 400);
});

test("a made-up cursor is refused", async () => {
  await refused(queryProducts().skipTo("made-up").find(), 400);
});

test("a search finds words of the name", async () => {
  const made = await createProduct(mug("Zanzibar teapot"));
  const { products: found } = await searchProducts({ search: { expression: "zanzibar" } }, {});
  assert.deepEqual(ids(found), [made._id]);
});

test("a search filters by price and sorts by it", async () => {
  const filter = { "actualPriceRange.minValue.amount": { $gte: "20" } };
  const sort = [{ fieldName: "actualPriceRange.minValue.amount", order: "DESC" }];
  const { products: found } = await searchProducts({ filter, sort, cursorPaging: { limit: 20 } }, {});
  assert.ok(found.length > 1);
  assertOrdered(found, (product) => Number(product.actualPriceRange.minValue.amount), true);
  assert.ok(found.every((product) => Number(product.actualPriceRange.minValue.amount) >= 20));
});

test("a search filters by category", async () => {
  const category = (await held("categories"))[2];
  const { products: found } = await searchProducts(
    {
      filter: { "directCategoriesInfo.categories": { $matchItems: [{ id: category.id }] } },
      cursorPaging: { limit: 100 },
    },
    { fields: ["DIRECT_CATEGORIES_INFO"] },
  );
  assert.ok(found.length > 0);
  assert.ok(found.every((product) => ids(product.directCategoriesInfo.categories).includes(category.id)));
});

test("a search filters by product type and brand with $and", async () => {
  const row = (await held("products")).find((each) => each.brand);
  const filter = { $and: [{ productType: "PHYSICAL" }, { "brand.name": { $eq: row.brand.name } }] };
  const { products: found } = await searchProducts({ filter, cursorPaging: { limit: 100 } }, {});
  assert.ok(ids(found).includes(row.id));
  assert.ok(found.every((product) => product.brand.name === row.brand.name));
});

test("a search pages by its cursor", async () => {
  const first = await searchProducts({ sort: [{ fieldName: "name" }], cursorPaging: { limit: 50 } }, {});
  assert.equal(first.pagingMetadata.hasNext, true);
  assert.equal(first.pagingMetadata.count, 50);
  const { next } = first.pagingMetadata.cursors;
  const second = await searchProducts({ cursorPaging: { limit: 50, cursor: next } }, {});
  const seen = [...ids(first.products), ...ids(second.products)];
  assert.equal(new Set(seen).size, seen.length);
});

test("products are counted, hidden ones if asked", async () => {
  const rows = await held("products");
  const all = await wix.products.countProducts({ returnNonVisibleProducts: true });
  assert.equal(all.count, rows.length);
  const visible = await wix.products.countProducts();
  assert.equal(visible.count, rows.filter((row) => row.visible).length);
  const some = await wix.products.countProducts({ filter: { slug: rows[0].slug }, returnNonVisibleProducts: true });
  assert.equal(some.count, 1);
});

test("an update changes what is sent and raises the revision", async () => {
  const made = await createProduct(mug(fresh("Before"), { plainDescription: "<p>Stays.</p>" }));
  const name = fresh("After");
  const changed = await updateProduct(made._id, { revision: made.revision, name }, { fields: ["PLAIN_DESCRIPTION"] });
  assert.equal(changed.name, name);
  assert.equal(changed.revision, "2");
  assert.equal(changed.plainDescription, "<p>Stays.</p>");
  assert.ok(changed._updatedDate >= made._updatedDate);
});

test("a stale revision is refused", async () => {
  const made = await createProduct(mug(fresh("Contested")));
  await updateProduct(made._id, { revision: "1", name: fresh("First") });
  const error = await refused(updateProduct(made._id, { revision: "1", name: "Second" }), 409, "INVALID_REVISION");
  assert.match(error.message, /changed since/);
});

test("an update without a revision breaks a rule", async () => {
  const made = await createProduct(mug(fresh("Careless")));
  const broken = await violated(updateProduct(made._id, { name: "x" }));
  assert.ok(Object.keys(broken).some((field) => field.endsWith("revision")), JSON.stringify(broken));
});

test("an update of an unknown product is not found", async () => {
  await refused(updateProduct(NOBODY, { revision: "1", name: "x" }), 404);
});

test("variants keep their ids over an update", async () => {
  const made = await createProduct(shirt(fresh("Repriced")));
  const { variants } = made.variantsInfo;
  variants[0].price.actualPrice.amount = "33.00";
  const changed = await updateProduct(made._id, { revision: "1", options: made.options, variantsInfo: { variants } });
  assert.deepEqual(ids(changed.variantsInfo.variants), ids(variants));
  assert.equal(changed.actualPriceRange.maxValue.amount, "33.00");
});

test("an update with inventory sets the stock", async () => {
  const { product } = await createProductWithInventory(mug(fresh("Restocked")));
  const [only] = product.variantsInfo.variants;
  const answer = await wix.products.updateProductWithInventory(
    product._id,
    { revision: product.revision, variantsInfo: { variants: [{ ...only, inventoryItem: { quantity: 9 } }] } },
    { returnEntity: true },
  );
  assert.equal(answer.inventoryResults.results[0].item.quantity, 9);
  assert.equal(answer.product.inventory.availabilityStatus, "IN_STOCK");
});

test("required members are asked for under the names of the arguments", async () => {
  const broken = await violated(createProduct({ ...mug("x"), name: undefined }));
  assert.deepEqual(Object.keys(broken), ["product.name"]);
});

test("a price must be decimal text", async () => {
  const broken = await violated(createProduct(mug("x", { variantsInfo: { variants: [variant("ten")] } })));
  assert.equal(Object.keys(broken)[0], "product.variantsInfo.variants[0].price.actualPrice.amount");
});

test("a taken slug, handle or sku is refused with its code", async () => {
  const word = fresh("taken").replaceAll(" ", "-");
  await createProduct(mug("Taken", { slug: word, handle: word, variantsInfo: { variants: [variant("1", { sku: word })] } }));
  await refused(createProduct(mug("x", { slug: word })), 409, "DUPLICATE_SLUG_ERROR");
  await refused(createProduct(mug("x", { handle: word })), 409, "DUPLICATE_HANDLE");
  const twin = mug("x", { variantsInfo: { variants: [variant("1", { sku: word })] } });
  await refused(createProduct(twin), 409, "SKU_ALREADY_EXIST_ERROR");
});

test("variants that do not fit the options are refused", async () => {
  const body = shirt("x");
  body.variantsInfo.variants[0].choices[0].optionChoiceNames.choiceName = "XXL";
  await refused(createProduct(body), 400, "CHOICE_NOT_EXIST");
});

test("a deleted product is gone", async () => {
  const made = await createProduct(mug(fresh("Short-lived")));
  assert.equal(await wix.products.deleteProduct(made._id), undefined);
  await refused(getProduct(made._id), 404);
  await refused(wix.products.deleteProduct(made._id), 404);
});

test("the All Products category is known", async () => {
  const { categoryId, treeReference } = await wix.products.getAllProductsCategory();
  assert.equal(treeReference.appNamespace, "@wix/stores");
  assert.ok(ids(await held("categories")).includes(categoryId));
});
