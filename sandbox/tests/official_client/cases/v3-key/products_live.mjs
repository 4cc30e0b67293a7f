import assert from "node:assert/strict";
import * as brands from "@wix/auto_sdk_stores_brands-v-3";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import * as ribbons from "@wix/auto_sdk_stores_ribbons-v-3";
import { mug, shirt } from "../../shapes.mjs";
import { connect, fresh, refused, test, violated } from "../../suite.mjs";

const wix = connect({ products, brands, ribbons });
const { bulkUpdateProducts, createProduct, getProduct, updateProduct } = wix.products;

test("live: variants without the product's visible publish it", async () => {
  const { _id, revision, variantsInfo } = await createProduct(mug(fresh("Hidden"), { visible: false }));
  await updateProduct(_id, { revision, variantsInfo });
  const shown = await getProduct(_id);
  assert.deepEqual([shown.visible, shown.variantsInfo.variants[0].visible], [true, false]);
});

test("live: variants with the product's visible leave it hidden, in bulk too", async () => {
  const { _id, revision, variantsInfo } = await createProduct(mug(fresh("Hidden"), { visible: false }));
  const changed = await updateProduct(_id, { revision, visible: false, variantsInfo });
  assert.equal(changed.visible, false);
  await bulkUpdateProducts([{ product: { _id, revision: "2", visible: false, variantsInfo } }]);
  assert.equal((await getProduct(_id)).visible, false);
});

test("live: a product that was hidden shows again without its variant", async () => {
  const { _id } = await createProduct(mug(fresh("Hidden later")));
  await updateProduct(_id, { revision: "1", visible: false });
  const shown = await updateProduct(_id, { revision: "2", visible: true });
  assert.deepEqual([shown.visible, shown.variantsInfo.variants[0].visible], [true, false]);
});

test("live: a brand or ribbon by name alone is refused in an update", async () => {
  const { _id } = await createProduct(mug(fresh("Unbranded")));
  const name = fresh("Loom");
  assert.ok("product.brand.id" in (await violated(updateProduct(_id, { revision: "1", brand: { name } }))));
  await refused(updateProduct(_id, { revision: "1", ribbon: { name: "New" } }), 404, "RIBBON_NOT_FOUND");
  const { brand } = await wix.brands.getOrCreateBrand(name);
  const { ribbon } = await wix.ribbons.getOrCreateRibbon("New");
  const changed = await updateProduct(_id, {
    revision: "1",
    brand: { _id: brand._id },
    ribbon: { _id: ribbon._id },
  });
  assert.deepEqual([changed.brand.name, changed.ribbon.name], [name, "New"]);
});

test("live: a shortened list of variants is refused", async () => {
  const made = await createProduct(shirt(fresh("Shirt")));
  const { _id, revision, options } = made;
  const variantsInfo = { variants: made.variantsInfo.variants.slice(0, 1) };
  const update = updateProduct(_id, { revision, visible: true, options, variantsInfo });
  await refused(update, 428, "MISSING_VARIANT_OPTION_CHOICE");
});
