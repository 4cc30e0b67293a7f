import assert from "node:assert/strict";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import { mug } from "../../shapes.mjs";
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

const wix = connect({ products });
const { createProduct, queryProducts, searchProducts } = wix.products;

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
  for (const [field, member] of [
    ["_id", "id"],
    ["slug", "slug"],
    ["handle", "handle"],
  ]) {
    const found = await queryProducts()
      .in(
        field,
        rows.map((row) => row[member]),
      )
      .find();
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
  const page = await queryProducts({ fields: ["CURRENCY", "URL", "DIRECT_CATEGORIES_INFO"] })
    .limit(3)
    .find();
  assert.ok(page.items.every((product) => product.currency === "USD" && product.url));
  const plain = await queryProducts().limit(3).find();
  assert.ok(plain.items.every((product) => !product.currency && !product.url));
});

test("a query with a long filter goes as POST", async () => {
  const rows = (await held("products")).slice(0, 60);
  const padding = Array.from({ length: 100 }, (_, at) => NOBODY.replace("dead", String(1000 + at)));
  const found = await everyItem(
    await queryProducts()
      .in("_id", [...ids(rows), ...padding])
      .limit(100)
      .find(),
  );
  assertSame(ids(found), ids(rows));
});

test("a page of more than 100 is refused", async () => {
  const broken = await violated(queryProducts().limit(101).find());
  assert.ok(
    Object.keys(broken).some((field) => field.endsWith("cursorPaging.limit")),
    JSON.stringify(broken),
  );
});

test("a filter on a field that cannot be filtered is refused", async () => {
  const error = await refused(queryProducts().eq("name", "Mug").find(), 400);
  assert.match(error.details.validationError.fieldViolations[0].description, /filterable/);
});

test("a sort on a field that cannot be sorted is refused", async () => {
  const error = await refused(queryProducts().ascending("name").find(), 400);
  assert.match(error.message, /sortable/);
});

test("a made-up cursor is refused", async () => {
  await refused(queryProducts().skipTo("made-up").find(), 400);
});

test("a search does not sort by what only a query sorts by", async () => {
  await refused(searchProducts({ sort: [{ fieldName: "slug" }] }, {}), 400);
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
