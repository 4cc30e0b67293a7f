import assert from "node:assert/strict";
import * as contacts from "@wix/auto_sdk_crm_contacts";
import * as versioning from "@wix/auto_sdk_stores_catalog-versioning";
import * as productsV3 from "@wix/auto_sdk_stores_products-v-3";
import * as products from "@wix/auto_sdk_stores_products";
import { connect, refused, test } from "../../suite.mjs";

const wix = connect({ contacts, products, productsV3, versioning });

test("a site without Stores says so", async () => {
  assert.equal((await wix.versioning.getCatalogVersion()).catalogVersion, "STORES_NOT_INSTALLED");
});

test("a site without Stores refuses calls of both catalogs", async () => {
  await refused(wix.productsV3.queryProducts().find(), 428, "REQUIRED_APP_NOT_INSTALLED");
  await assert.rejects(wix.products.queryProducts().find());
});

test("a site without Stores has contacts", async () => {
  const { contacts: found } = await wix.contacts.listContacts({ paging: { limit: 3 } });
  assert.equal(found.length, 3);
});
