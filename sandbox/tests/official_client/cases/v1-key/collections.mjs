import assert from "node:assert/strict";
import * as collections from "@wix/auto_sdk_stores_collections";
import * as products from "@wix/auto_sdk_stores_products";
import { mugV1 } from "../../shapes.mjs";
import {
  assertOrdered,
  assertSame,
  connect,
  everyItem,
  fresh,
  held,
  ids,
  NOBODY,
  refused,
  test,
  violated,
} from "../../suite.mjs";

const wix = connect({ collections, products });

const create = async (more) => (await wix.products.createCollection({ name: fresh("Shelf"), ...more })).collection;
const product = async () => (await wix.products.createProduct(mugV1())).product;

test("a V1 collection is created, and read by id and by slug", async () => {
  const made = await create({ description: "For tea." });
  assert.equal((await wix.collections.getCollection(made._id)).name, made.name);
  const { collection } = await wix.collections.getCollectionBySlug(made.slug);
  assert.equal(collection._id, made._id);
  assert.equal((await wix.products.getCollectionBySlug(made.slug)).collection._id, made._id);
});

test("a V1 collection needs a name", async () => {
  assert.deepEqual(Object.keys(await violated(wix.products.createCollection({}))), ["collection.name"]);
});

test("an unknown V1 collection is not found", async () => {
  await refused(wix.collections.getCollection(NOBODY), 404);
});

test("pages lead through every V1 collection", async () => {
  const page = await wix.collections.queryCollections().ascending("name").limit(4).find();
  const found = await everyItem(page);
  assertSame(ids(found), ids(await held("collections")));
  assertOrdered(found, (collection) => collection.name);
  assert.equal(page.totalCount, found.length);
});

test("V1 collections are found by name and by id", async () => {
  const made = await create();
  assert.deepEqual(ids((await wix.collections.queryCollections().eq("name", made.name).find()).items), [made._id]);
  const byId = await wix.collections.queryCollections().in("_id", [made._id, NOBODY]).find();
  assert.deepEqual(ids(byId.items), [made._id]);
  const byStart = await wix.collections.queryCollections().startsWith("name", made.name).find();
  assert.deepEqual(ids(byStart.items), [made._id]);
});

test("a V1 collection is renamed and deleted", async () => {
  const made = await create();
  const name = fresh("Renamed shelf");
  const { collection } = await wix.products.updateCollection(made._id, { name });
  assert.equal(collection.name, name);
  await wix.products.deleteCollection(made._id);
  await refused(wix.collections.getCollection(made._id), 404);
});

test("products are put into a V1 collection and taken out", async () => {
  const made = await create();
  const [first, second] = [await product(), await product()];
  await wix.products.addProductsToCollection(made._id, [first._id, second._id]);
  assert.ok((await wix.products.getProduct(first._id)).product.collectionIds.includes(made._id));
  assert.equal((await wix.collections.getCollection(made._id)).numberOfProducts, 0); // counted only on request
  await wix.products.removeProductsFromCollection(made._id, [first._id]);
  assert.ok(!(await wix.products.getProduct(first._id)).product.collectionIds.includes(made._id));
});
