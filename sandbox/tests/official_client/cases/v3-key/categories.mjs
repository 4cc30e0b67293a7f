import assert from "node:assert/strict";
import * as categories from "@wix/auto_sdk_categories_categories";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import { TREE } from "../../shapes.mjs";
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
  successes,
  test,
  violated,
} from "../../suite.mjs";

const wix = connect({ categories, products });
const tree = wix.categories;
const IN_TREE = { treeReference: TREE };

const create = (more = {}) => tree.createCategory({ name: fresh("Shelf"), ...more }, IN_TREE);

async function listed(category, options) {
  const { items } = await tree.listItemsInCategory(category._id, TREE, options);
  return items.map((each) => each.catalogItemId);
}

test("categories: one is created, and read by id and by slug", async () => {
  const made = await create({ description: "For tea." });
  assert.equal(made.revision, "1");
  assert.equal(made.visible, true);
  const read = await tree.getCategory(made._id, TREE, { fields: ["DESCRIPTION"] });
  assert.equal(read.description, "For tea.");
  const { category } = await tree.getCategoryBySlug(made.slug, TREE);
  assert.equal(category._id, made._id);
});

test("categories: one that there is not is not found", async () => {
  await refused(tree.getCategory(NOBODY, TREE), 404);
  await refused(tree.getCategoryBySlug("no-such-category", TREE), 404);
});

test("categories: pages lead through all, hidden ones if asked", async () => {
  await create({ visible: false });
  const rows = await held("categories");
  const all = await everyItem(
    await tree
      .queryCategories({ ...IN_TREE, returnNonVisibleCategories: true })
      .limit(4)
      .find(),
  );
  assertSame(ids(all), ids(rows));
  const visible = await everyItem(await tree.queryCategories(IN_TREE).limit(100).find());
  assertSame(ids(visible), ids(rows.filter((row) => row.visible)));
});

test("categories: a query sorts by date of change", async () => {
  const options = { ...IN_TREE, returnNonVisibleCategories: true };
  const found = await everyItem(await tree.queryCategories(options).ascending("_updatedDate").limit(5).find());
  assertOrdered(found, (each) => each._updatedDate);
});

test("categories: a query filters by slug and by parent", async () => {
  const parent = await create();
  const child = await create({ parentCategory: { _id: parent._id } });
  const bySlug = await tree.queryCategories(IN_TREE).eq("slug", child.slug).find();
  assert.deepEqual(ids(bySlug.items), [child._id]);
  const byParent = await tree.queryCategories(IN_TREE).eq("parentCategory.id", parent._id).find();
  assert.deepEqual(ids(byParent.items), [child._id]);
});

test("categories: a search finds words and sorts by name", async () => {
  const made = await tree.createCategory({ name: "Xylophone shelf" }, IN_TREE);
  const { categories: found } = await tree.searchCategories({ search: { expression: "xylophone" } }, IN_TREE);
  assert.deepEqual(ids(found), [made._id]);
  const sorted = await tree.searchCategories(
    { sort: [{ fieldName: "name", order: "ASC" }], cursorPaging: { limit: 9 } },
    IN_TREE,
  );
  assertOrdered(sorted.categories, (each) => each.name);
});

test("categories: they are counted", async () => {
  const rows = await held("categories");
  const { count } = await tree.countCategories({ ...IN_TREE, returnNonVisibleCategories: true });
  assert.equal(count, rows.length);
  const some = await tree.countCategories({ ...IN_TREE, filter: { slug: rows[1].slug } });
  assert.equal(some.count, 1);
});

test("categories: an update needs the revision", async () => {
  const made = await create();
  const name = fresh("Renamed shelf");
  const changed = await tree.updateCategory(made._id, { revision: "1", name }, IN_TREE);
  assert.deepEqual([changed.name, changed.revision], [name, "2"]);
  await refused(tree.updateCategory(made._id, { revision: "1", name }, IN_TREE), 409, "INVALID_REVISION");
  await violated(tree.updateCategory(made._id, { name }, IN_TREE));
});

test("categories: name and tree are required", async () => {
  assert.deepEqual(Object.keys(await violated(tree.createCategory({}, IN_TREE))), ["category.name"]);
  assert.match(Object.keys(await violated(tree.createCategory({ name: "x" })))[0], /treeReference/);
});

test("categories: a slug that is taken is refused", async () => {
  const { slug } = await create();
  await refused(create({ slug }), 409, "DUPLICATE_SLUG");
});

test("categories: several are renamed at once", async () => {
  const [first, second] = [await create(), await create()];
  const answer = await tree.bulkUpdateCategories(
    [
      { category: { _id: first._id, revision: "1", description: "A" } },
      { category: { _id: second._id, revision: "6", description: "B" } },
    ],
    { ...IN_TREE, returnEntity: true, fields: ["DESCRIPTION"] },
  );
  assert.deepEqual(successes(answer), [true, false]);
  assert.equal(answer.results[0].category.description, "A");
});

test("categories: one is hidden and several are shown", async () => {
  const made = await create();
  const { category } = await tree.updateCategoryVisibility(made._id, {
    ...IN_TREE,
    visible: false,
    revision: made.revision,
  });
  assert.equal(category.visible, false);
  const shown = await tree.bulkShowCategories([made._id, NOBODY], { ...IN_TREE, returnEntity: true });
  assert.deepEqual(successes(shown), [true, false]);
  assert.equal(shown.results[0].category.visible, true);
});

test("categories: one moves to the front and behind another", async () => {
  const parent = await create();
  const children = [];
  for (let at = 0; at < 3; at += 1) children.push(await create({ parentCategory: { _id: parent._id } }));
  const [a, b, c] = ids(children);
  const options = { parentCategoryId: parent._id };
  const first = await tree.moveCategory(c, TREE, { ...options, position: "FIRST" });
  assert.deepEqual(first.categoriesAfterMove, [c, a, b]);
  await tree.moveCategory(c, TREE, { ...options, position: "AFTER", moveAfterCategoryId: a });
  const moved = await tree.moveCategory(a, TREE, { ...options, position: "LAST" });
  assert.equal(moved.parentCategoryId, parent._id);
  assert.deepEqual(moved.categoriesAfterMove, [c, b, a]);
});

test("categories: one cannot move into itself", async () => {
  const parent = await create();
  const child = await create({ parentCategory: { _id: parent._id } });
  const move = tree.moveCategory(parent._id, TREE, { parentCategoryId: child._id, position: "LAST" });
  await refused(move, 400, "TREE_CYCLE_DETECTED");
});

test("categories: trees are listed", async () => {
  const { trees } = await tree.listTrees();
  assert.ok(trees.some((each) => each.appNamespace === "@wix/stores"));
});

test("categories: a deleted one is gone", async () => {
  const made = await create();
  await tree.deleteCategory(made._id, TREE);
  await refused(tree.getCategory(made._id, TREE), 404);
});

test("categories: All Products is not deleted", async () => {
  const { categoryId } = await wix.products.getAllProductsCategory();
  await refused(tree.deleteCategory(categoryId, TREE), 403, "MANAGED_CATEGORY_OPERATION_NOT_ALLOWED");
});
