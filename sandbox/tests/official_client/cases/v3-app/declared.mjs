import assert from "node:assert/strict";
import * as contacts from "@wix/auto_sdk_crm_contacts";
import * as fields from "@wix/auto_sdk_crm_extended-fields";
import * as labels from "@wix/auto_sdk_crm_labels";
import * as abandoned from "@wix/auto_sdk_ecom_abandoned-checkouts";
import * as orders from "@wix/auto_sdk_ecom_orders";
import * as submissions from "@wix/auto_sdk_forms_submissions";
import * as members from "@wix/auto_sdk_members_members";
import { declared, disagreements } from "../../declared.mjs";
import { connect, test } from "../../suite.mjs";

const wix = connect({ abandoned, contacts, fields, labels, members, orders, submissions });
const OF_FORMS = { always: { namespace: "wix.form_app.form" } };
const BY_OFFSET = { paging: "paging" };
const SORTED_MEMBERS = { ...BY_OFFSET, alsoSorted: ["contact.firstName", "contact.lastName", "profile.nickname"] };

const agrees = (module, spec, ask, more) => async () =>
  assert.deepEqual(await disagreements(declared(module, spec), ask, more), []);

test(
  "contacts are queried by what the client declares",
  agrees("crm_contacts", "ContactQuerySpec", (query) => wix.contacts.queryContacts(query), BY_OFFSET),
);
test(
  "labels are queried by what the client declares",
  agrees("crm_labels", "ContactLabelQuerySpec", (query) => wix.labels.queryLabels(query), BY_OFFSET),
);
test(
  "extended fields are queried by what the client declares",
  agrees("crm_extended-fields", "ExtendedFieldQuerySpec", (query) => wix.fields.queryExtendedFields(query), BY_OFFSET),
);
test(
  "members are queried by what the client declares",
  agrees("members_members", "MemberQuerySpec", (query) => wix.members.queryMembers(query), SORTED_MEMBERS),
);
test(
  "submissions are queried by what the client declares",
  agrees(
    "forms_submissions",
    "FormSubmissionQuerySpec",
    (query) => wix.submissions.querySubmissionsByNamespace(query),
    OF_FORMS,
  ),
);
test(
  "submissions are searched by what the client declares",
  agrees(
    "forms_submissions",
    "FormSubmissionSearchSpec",
    (search) => wix.submissions.searchSubmissionsByNamespace(search),
    OF_FORMS,
  ),
);
test(
  "orders are searched by what the client declares",
  agrees("ecom_orders", "OrderSearchSpec", (search) => wix.orders.searchOrders(search)),
);
test(
  "abandoned checkouts are queried by what the client declares",
  agrees("ecom_abandoned-checkouts", "AbandonedCheckoutQuerySpec", (query) =>
    wix.abandoned.queryAbandonedCheckouts(query),
  ),
);
test(
  "abandoned checkouts are searched by what the client declares",
  agrees("ecom_abandoned-checkouts", "AbandonedCheckoutSearchSpec", (search) =>
    wix.abandoned.searchAbandonedCheckouts(search),
  ),
);
