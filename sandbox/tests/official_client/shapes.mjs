// Bodies of things that cases create.
import { fresh, STORES_APP } from "./suite.mjs";

export const TREE = { appNamespace: "@wix/stores", treeKey: null };

export const variant = (amount = "10.00", more = {}) => ({
  price: { actualPrice: { amount } },
  physicalProperties: {},
  ...more,
});

/** A Catalog V3 product without options. */
export const mug = (name, more = {}) => ({
  name,
  productType: "PHYSICAL",
  physicalProperties: {},
  variantsInfo: { variants: [variant()] },
  ...more,
});

/** A Catalog V3 product with one option, a variant for each choice. */
export const shirt = (name, sizes = ["S", "L"], more = {}) => ({
  ...mug(name),
  options: [
    {
      name: "Size",
      optionRenderType: "TEXT_CHOICES",
      choicesSettings: { choices: sizes.map((size) => ({ name: size, choiceType: "CHOICE_TEXT" })) },
    },
  ],
  variantsInfo: {
    variants: sizes.map((choiceName, at) =>
      variant(`${20 + at}.00`, {
        choices: [{ optionChoiceNames: { optionName: "Size", choiceName, renderType: "TEXT_CHOICES" } }],
      }),
    ),
  },
  ...more,
});

/** A product as the Categories API refers to it. */
export const item = (product) => ({ catalogItemId: product._id, appId: STORES_APP });

/** A Catalog V1 product. */
export const mugV1 = (more) => ({ name: fresh("Mug"), productType: "physical", priceData: { price: 10 }, ...more });

/** A Catalog V1 option of two choices. */
export const sizesV1 = { name: "Size", choices: ["S", "L"].map((size) => ({ value: size, description: size })) };
