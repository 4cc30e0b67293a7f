import assert from "node:assert/strict";
import * as collections from "@wix/auto_sdk_stores_collections";
import * as products from "@wix/auto_sdk_stores_products";
import { declared, disagreements } from "../../declared.mjs";
import { connect, test } from "../../suite.mjs";

const wix = connect({ collections, products });

const agrees = (module, spec, ask) => async () =>
  assert.deepEqual(await disagreements(declared(module, spec), ask, { paging: "paging" }), []);

test(
  "V1 products are queried by what the client declares",
  agrees("stores_products", "ProductQuerySpec", (query) => wix.products.queryProducts(query)),
);
test(
  "V1 collections are queried by what the client declares",
  agrees("stores_collections", "CollectionQuerySpec", (query) => wix.collections.queryCollections(query)),
);
