import assert from "node:assert/strict";
import * as versioning from "@wix/auto_sdk_stores_catalog-versioning";
import * as collections from "@wix/auto_sdk_stores_collections";
import * as inventory from "@wix/auto_sdk_stores_inventory";
import * as products from "@wix/auto_sdk_stores_products";
import { connect, NOBODY, refused, test } from "../../suite.mjs";

const wix = connect({ collections, inventory, products, versioning });
const MISMATCH = "CATALOG_V3_CALLING_CATALOG_V1_API";

test("a V3 site says that it has Catalog V3", async () => {
  assert.equal((await wix.versioning.getCatalogVersion()).catalogVersion, "V3_CATALOG");
});

test("a V3 site refuses every call of Catalog V1", async () => {
  await refused(wix.products.queryProducts().find(), 428, MISMATCH);
  await refused(wix.products.getProduct(NOBODY), 428, MISMATCH);
  await refused(
    wix.products.createProduct({ name: "x", productType: "physical", priceData: { price: 1 } }),
    428,
    MISMATCH,
  );
  await refused(wix.products.queryStoreVariants({}), 428, MISMATCH);
  await refused(wix.collections.queryCollections().find(), 428, MISMATCH);
  await refused(wix.inventory.queryInventory({}), 428, MISMATCH);
});
