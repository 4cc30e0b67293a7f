import assert from "node:assert/strict";
import * as appInstances from "@wix/auto_sdk_app-management_app-instances";
import * as contacts from "@wix/auto_sdk_crm_contacts";
import * as orders from "@wix/auto_sdk_ecom_orders";
import * as brands from "@wix/auto_sdk_stores_brands-v-3";
import * as versioning from "@wix/auto_sdk_stores_catalog-versioning";
import * as inventoryV3 from "@wix/auto_sdk_stores_inventory-items-v-3";
import * as products from "@wix/auto_sdk_stores_products";
import * as productsV3 from "@wix/auto_sdk_stores_products-v-3";
import * as variants from "@wix/auto_sdk_stores_read-only-variants-v-3";
import { mug } from "../../shapes.mjs";
import { assertSame, connect, everyItem, held, ids, NOBODY, refused, signIn, test } from "../../suite.mjs";

const wix = connect({
  appInstances,
  brands,
  contacts,
  inventoryV3,
  orders,
  products,
  productsV3,
  variants,
  versioning,
});
const MISMATCH = "CATALOG_V1_SITE_CALLING_CATALOG_V3_API";

test("a V1 site says that it has Catalog V1", async () => {
  assert.equal((await wix.versioning.getCatalogVersion()).catalogVersion, "V1_CATALOG");
});

test("a V1 site refuses every call of Catalog V3", async () => {
  await refused(wix.productsV3.queryProducts().find(), 428, MISMATCH);
  await refused(wix.productsV3.searchProducts({}, {}), 428, MISMATCH);
  await refused(wix.productsV3.getProduct(NOBODY), 428, MISMATCH);
  await refused(wix.productsV3.createProduct(mug("x")), 428, MISMATCH);
  await refused(wix.productsV3.bulkCreateProducts([mug("x")]), 428, MISMATCH);
  await refused(wix.inventoryV3.queryInventoryItems().find(), 428, MISMATCH);
  await refused(wix.variants.queryVariants().find(), 428, MISMATCH);
  await refused(wix.brands.createBrand({ name: "x" }), 428, MISMATCH);
});

test("an app reads V1 products", async () => {
  const found = await everyItem(await wix.products.queryProducts().ascending("numericId").limit(25).find());
  assertSame(ids(found), ids((await held("products")).filter((row) => row.visible)));
});

test("orders and contacts of a V1 site are read as anywhere", async () => {
  const { orders: found } = await wix.orders.searchOrders({ cursorPaging: { limit: 5 } });
  assert.equal(found.length, 5);
  const page = await wix.contacts.queryContacts().ascending("_createdDate").limit(5).find();
  assert.equal(page.totalCount, (await held("contacts")).length);
});

test("an app learns its instance on a V1 site", async () => {
  assert.equal((await wix.appInstances.getAppInstance()).instance.instanceId, signIn.instance_id);
});
