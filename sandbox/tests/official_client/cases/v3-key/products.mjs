import assert from "node:assert/strict";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import { mug, shirt, variant } from "../../shapes.mjs";
import { assertSame, connect, fresh, held, ids, NOBODY, refused, test, violated } from "../../suite.mjs";

const wix = connect({ products });
const { createProduct, createProductWithInventory, getProduct, updateProduct } = wix.products;

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
  const body = mug(fresh("Stocked"), {
    variantsInfo: { variants: [variant("5.00", { inventoryItem: { quantity: 3 } })] },
  });
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
  assert.ok(
    Object.keys(broken).some((field) => field.endsWith("revision")),
    JSON.stringify(broken),
  );
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

test("everything that a product breaks is named at once", async () => {
  const wrong = mug("x".repeat(81), {
    taxGroupId: "no-guid",
    mainCategoryId: "no-guid",
    media: { itemsInfo: { items: [{ url: "no address" }] } },
    productType: "SOFT",
    variantsInfo: { variants: [variant("-1.00", { sku: "x".repeat(41) })] },
  });
  assert.deepEqual(await violated(createProduct(wrong)), {
    "product.mainCategoryId": "FORMAT",
    "product.media.itemsInfo.items[0].url": "FORMAT",
    "product.name": "MAX_LENGTH",
    "product.productType": "INVALID_ENUM_VALUE",
    "product.taxGroupId": "FORMAT",
    "product.variantsInfo.variants[0].price.actualPrice.amount": "DECIMAL_GTE",
    "product.variantsInfo.variants[0].sku": "MAX_LENGTH",
  });
});

test("subscriptions, barcodes and compared prices that make no sense are refused with their codes", async () => {
  const barcode = fresh("code").replaceAll(" ", "-");
  const twice = shirt(fresh("Twice"));
  for (const each of twice.variantsInfo.variants) each.barcode = barcode;
  await refused(createProduct(twice), 400, "DUPLICATE_BARCODE_ERROR");
  const price = { actualPrice: { amount: "10.00" }, compareAtPrice: { amount: "9.00" } };
  const cheaper = mug(fresh("Cheaper"), { variantsInfo: { variants: [variant("10.00", { price })] } });
  await refused(createProduct(cheaper), 400, "COMPARE_AT_PRICE_LOWER_THAN_ACTUAL_PRICE");
  const subscriptions = [{ title: "Monthly", frequency: "MONTH", autoRenewal: true, visible: false }];
  const hidden = mug(fresh("Hidden"), { subscriptionDetails: { subscriptions } });
  const code = "ERROR_ALL_SUBSCRIPTIONS_HIDDEN_FOR_SUBSCRIPTION_ONLY_PRODUCT";
  await refused(createProduct(hidden), 400, code);
});

test("a taken slug or handle is refused with its code, a taken sku is not", async () => {
  const word = fresh("taken").replaceAll(" ", "-");
  await createProduct(
    mug("Taken", { slug: word, handle: word, variantsInfo: { variants: [variant("1", { sku: word })] } }),
  );
  await refused(createProduct(mug("x", { slug: word })), 409, "DUPLICATE_SLUG_ERROR");
  await refused(createProduct(mug("x", { handle: word })), 409, "DUPLICATE_HANDLE");
  const twin = mug("x", { variantsInfo: { variants: [variant("1", { sku: word })] } });
  assert.equal((await createProduct(twin)).variantsInfo.variants[0].sku, word);
});

test("variants that do not fit the options are refused", async () => {
  const body = shirt("x");
  body.variantsInfo.variants[0].choices[0].optionChoiceNames.choiceName = "XXL";
  await refused(createProduct(body), 400, "CHOICE_NOT_EXIST");
});

test("an option with two choices of one name is refused", async () => {
  const product = shirt(fresh("Twice"), ["S"]);
  product.options[0].name = fresh("Width");
  product.variantsInfo.variants[0].choices[0].optionChoiceNames.optionName = product.options[0].name;
  const [choice] = product.options[0].choicesSettings.choices;
  product.options[0].choicesSettings.choices = [choice, choice];
  await refused(createProduct(product), 400, "CUSTOMIZATIONS_CREATION_FAILED");
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
