import assert from "node:assert/strict";
import * as locations from "@wix/auto_sdk_business-tools_locations";
import * as categories from "@wix/auto_sdk_categories_categories";
import * as brands from "@wix/auto_sdk_stores_brands-v-3";
import * as customizations from "@wix/auto_sdk_stores_customizations-v-3";
import * as infoSections from "@wix/auto_sdk_stores_info-sections-v-3";
import * as inventory from "@wix/auto_sdk_stores_inventory-items-v-3";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import * as variants from "@wix/auto_sdk_stores_read-only-variants-v-3";
import * as ribbons from "@wix/auto_sdk_stores_ribbons-v-3";
import * as storesLocations from "@wix/auto_sdk_stores_stores-locations-v-3";
import { declared, disagreements } from "../../declared.mjs";
import { TREE } from "../../shapes.mjs";
import { connect, test } from "../../suite.mjs";

const wix = connect({
  ...{ brands, categories, customizations, infoSections, inventory, locations, products, ribbons, storesLocations },
  variants,
});
const IN_TREE = { treeReference: TREE };

const agrees = (module, spec, ask) => async () =>
  assert.deepEqual(await disagreements(declared(module, spec), ask), []);

test(
  "products are queried by what the client declares",
  agrees("stores_products-v-3", "V3ProductQuerySpec", (query) => wix.products.queryProducts(query)),
);
test(
  "products are searched by what the client declares",
  agrees("stores_products-v-3", "V3ProductSearchSpec", (search) => wix.products.searchProducts(search, {})),
);
test(
  "variants are queried by what the client declares",
  agrees("stores_read-only-variants-v-3", "ReadOnlyVariantQuerySpec", (query) => wix.variants.queryVariants(query)),
);
test(
  "variants are searched by what the client declares",
  agrees("stores_read-only-variants-v-3", "ReadOnlyVariantSearchSpec", (search) =>
    wix.variants.searchVariants(search, {}),
  ),
);
test(
  "inventory items are queried by what the client declares",
  agrees("stores_inventory-items-v-3", "InventoryItemQuerySpec", (query) => wix.inventory.queryInventoryItems(query)),
);
test(
  "inventory items are searched by what the client declares",
  agrees("stores_inventory-items-v-3", "InventoryItemSearchSpec", (search) =>
    wix.inventory.searchInventoryItems(search),
  ),
);
test(
  "brands are queried by what the client declares",
  agrees("stores_brands-v-3", "BrandQuerySpec", (query) => wix.brands.queryBrands(query)),
);
test(
  "ribbons are queried by what the client declares",
  agrees("stores_ribbons-v-3", "RibbonQuerySpec", (query) => wix.ribbons.queryRibbons(query)),
);
test(
  "sections are queried by what the client declares",
  agrees("stores_info-sections-v-3", "InfoSectionQuerySpec", (query) => wix.infoSections.queryInfoSections(query)),
);
test(
  "customizations are queried by what the client declares",
  agrees("stores_customizations-v-3", "CustomizationQuerySpec", (query) =>
    wix.customizations.queryCustomizations(query),
  ),
);
test(
  "categories are queried by what the client declares",
  agrees("categories_categories", "CategoryQuerySpec", (query) => wix.categories.queryCategories(query, IN_TREE)),
);
test(
  "categories are searched by what the client declares",
  agrees("categories_categories", "CategorySearchSpec", (search) => wix.categories.searchCategories(search, IN_TREE)),
);
test(
  "locations of the store are queried by what the client declares",
  agrees("stores_stores-locations-v-3", "StoresLocationQuerySpec", (query) =>
    wix.storesLocations.queryStoresLocations(query),
  ),
);
test("locations of the business are queried by what the client declares", async () => {
  const ask = (query) => wix.locations.queryLocations(query);
  const rules = declared("business-tools_locations", "LocationQuerySpec");
  assert.deepEqual(await disagreements(rules, ask, { paging: "paging" }), []);
});
