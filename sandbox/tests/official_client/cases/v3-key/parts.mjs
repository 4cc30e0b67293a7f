import assert from "node:assert/strict";
import * as brands from "@wix/auto_sdk_stores_brands-v-3";
import * as customizations from "@wix/auto_sdk_stores_customizations-v-3";
import * as infoSections from "@wix/auto_sdk_stores_info-sections-v-3";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import * as ribbons from "@wix/auto_sdk_stores_ribbons-v-3";
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
  successes,
  test,
  violated,
} from "../../suite.mjs";

const wix = connect({ brands, customizations, infoSections, products, ribbons });

/** Brands and ribbons are alike but for their names: what a case does with one it does with the other. */
const forBoth = (body) => async () => {
  for (const [one, many] of [
    ["Brand", "Brands"],
    ["Ribbon", "Ribbons"],
  ]) {
    const kind = many.toLowerCase();
    const create = (name = fresh(one)) => wix[kind][`create${one}`]({ name });
    await body({ one, many, kind, member: one.toLowerCase(), part: wix[kind], create });
  }
};

test(
  "brands and ribbons: one is created, read, renamed and deleted",
  forBoth(async ({ one, part, create }) => {
    const made = await create();
    assert.equal(made.revision, "1");
    assert.equal((await part[`get${one}`](made._id)).name, made.name);
    const name = fresh("Renamed");
    const changed = await part[`update${one}`](made._id, { revision: "1", name });
    assert.deepEqual([changed.name, changed.revision], [name, "2"]);
    await part[`delete${one}`](made._id);
    await refused(part[`get${one}`](made._id), 404);
  }),
);

test(
  "brands and ribbons: the name is required",
  forBoth(async ({ one, member, part, create }) => {
    assert.deepEqual(Object.keys(await violated(part[`create${one}`]({}))), [`${member}.name`]);
  }),
);

test("brands: a name is given once", async () => {
  const { name } = await wix.brands.createBrand({ name: fresh("Once") });
  await refused(wix.brands.createBrand({ name }), 409, "ALREADY_EXISTS");
});

test(
  "brands and ribbons: a stale revision is refused",
  forBoth(async ({ one, part, create }) => {
    const made = await create();
    await refused(part[`update${one}`](made._id, { revision: "3", name: "x" }), 409, "INVALID_REVISION");
  }),
);

test(
  "brands and ribbons: pages lead through all, and they are counted",
  forBoth(async ({ many, kind, part, create }) => {
    await create();
    const found = await everyItem(await part[`query${many}`]().ascending("name").limit(2).find());
    assertSame(ids(found), ids(await held(kind)));
    assertOrdered(found, (each) => each.name);
    assert.equal((await part[`count${many}`]()).count, found.length);
  }),
);

test(
  "brands and ribbons: one is found by name and by the start of it",
  forBoth(async ({ many, part, create }) => {
    const made = await create();
    assert.deepEqual(ids((await part[`query${many}`]().eq("name", made.name).find()).items), [made._id]);
    assert.deepEqual(ids((await part[`query${many}`]().startsWith("name", made.name).find()).items), [made._id]);
    assert.deepEqual(ids((await part[`query${many}`]().in("_id", [made._id, NOBODY]).find()).items), [made._id]);
  }),
);

test(
  "brands and ribbons: a name that is there is not made again",
  forBoth(async ({ one, member, part, create }) => {
    const made = await create();
    const { [member]: found } = await part[`getOrCreate${one}`](made.name);
    assert.equal(found._id, made._id);
    const other = await part[`getOrCreate${one}`](fresh("Other"));
    assert.notEqual(other[member]._id, made._id);
  }),
);

test(
  "brands and ribbons: several are got or created in one call",
  forBoth(async ({ many, part, create }) => {
    const made = await create();
    const { results } = await part[`bulkGetOrCreate${many}`]([made.name, fresh("Newer")]);
    assert.equal(results[0].item._id, made._id);
    assert.ok(results[1].item._id);
  }),
);

test(
  "brands and ribbons: several are created, renamed and deleted",
  forBoth(async ({ many, member, part }) => {
    const made = await part[`bulkCreate${many}`]([{ name: fresh("One") }, { name: fresh("Two") }], {
      returnEntity: true,
    });
    assert.deepEqual(successes(made), [true, true]);
    const [first, second] = made.results.map((result) => result.item);
    const changed = await part[`bulkUpdate${many}`](
      [
        { [member]: { _id: first._id, revision: "1", name: fresh("New") } },
        { [member]: { _id: second._id, revision: "8", name: fresh("New") } },
      ],
      { returnEntity: true },
    );
    assert.deepEqual(successes(changed), [true, false]);
    assert.equal(changed.results[0].item.revision, "2");
    assert.deepEqual(successes(await part[`bulkDelete${many}`]([first._id, NOBODY])), [true, false]);
  }),
);

test("a product that names a brand makes it", async () => {
  const name = fresh("Made by a product");
  const product = await wix.products.createProduct(mug(fresh("Branded"), { brand: { name } }));
  const { items } = await wix.brands.queryBrands().eq("name", name).find();
  assert.deepEqual(ids(items), [product.brand._id]);
});

const section = (more) => ({ uniqueName: fresh("section").replaceAll(" ", "-"), title: "Care", ...more });

test("a section is created, read, changed and deleted", async () => {
  const made = await wix.infoSections.createInfoSection(section({ plainDescription: "<p>By hand.</p>" }));
  const read = await wix.infoSections.getInfoSection(made._id, { fields: ["ASSIGNED_PRODUCTS_COUNT"] });
  assert.equal(read.plainDescription, "<p>By hand.</p>");
  const changed = await wix.infoSections.updateInfoSection(made._id, { revision: "1", title: "Washing" });
  assert.deepEqual([changed.title, changed.revision], ["Washing", "2"]);
  await wix.infoSections.deleteInfoSection(made._id);
  await refused(wix.infoSections.getInfoSection(made._id), 404);
});

test("a section is got or created by its unique name", async () => {
  const made = await wix.infoSections.createInfoSection(section());
  const again = { uniqueName: made.uniqueName, title: made.title };
  const { infoSection } = await wix.infoSections.getOrCreateInfoSection({ infoSection: again });
  assert.equal(infoSection._id, made._id);
  const { results } = await wix.infoSections.bulkGetOrCreateInfoSections({ infoSections: [again, section()] });
  assert.equal(results[0].item._id, made._id);
  assert.notEqual(results[1].item._id, made._id);
});

test("sections are queried, sorted and counted", async () => {
  const found = await everyItem(await wix.infoSections.queryInfoSections().ascending("uniqueName").limit(2).find());
  assertSame(ids(found), ids(await held("info_sections")));
  assertOrdered(found, (each) => each.uniqueName);
  assert.equal((await wix.infoSections.countInfoSections()).count, found.length);
});

test("a section is found by title", async () => {
  const made = await wix.infoSections.createInfoSection(section({ title: "Found by title" }));
  const page = await wix.infoSections.queryInfoSections().eq("title", "Found by title").find();
  assert.deepEqual(ids(page.items), [made._id]);
});

test("sections are created, changed and deleted in bulk", async () => {
  const made = await wix.infoSections.bulkCreateInfoSections([section(), section()], { returnEntity: true });
  const [first, second] = made.results.map((result) => result.item);
  const changed = await wix.infoSections.bulkUpdateInfoSections([
    { infoSection: { _id: first._id, revision: "1", title: "A" } },
    { infoSection: { _id: second._id, revision: "5", title: "B" } },
  ]);
  assert.deepEqual(successes(changed), [true, false]);
  assert.deepEqual(successes(await wix.infoSections.bulkDeleteInfoSections([first._id, second._id])), [true, true]);
});

test("customizations are queried, read and counted", async () => {
  const found = await everyItem(await wix.customizations.queryCustomizations().limit(3).find());
  assertSame(ids(found), ids(await held("customizations")));
  const one = await wix.customizations.getCustomization(found[0]._id);
  assert.equal(one.name, found[0].name);
  assert.equal((await wix.customizations.countCustomizations()).count, found.length);
});

test("customizations are found by type and name", async () => {
  const [row] = await held("customizations");
  const page = await wix.customizations
    .queryCustomizations()
    .eq("customizationType", row.customizationType)
    .eq("name", row.name)
    .find();
  assert.ok(ids(page.items).includes(row.id));
});

test("an option of a product is a customization", async () => {
  const { _id, name } = (await wix.customizations.queryCustomizations().eq("name", "Color").find()).items[0];
  assert.equal(name, "Color");
  const rows = (await held("products")).filter((row) => row.options?.some((option) => option.id === _id));
  assert.ok(rows.length > 0);
});
