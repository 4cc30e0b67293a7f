// Reads each list with Wix's official client, page by page, and prints the ids: {"events": ["…"], …}.
import * as categories from "@wix/auto_sdk_blog_categories";
import * as posts from "@wix/auto_sdk_blog_posts";
import * as services from "@wix/auto_sdk_bookings_services";
import * as staffMembers from "@wix/auto_sdk_bookings_staff-members";
import * as events from "@wix/auto_sdk_events_wix-events-v-2";
import * as accounts from "@wix/auto_sdk_loyalty_accounts";
import * as projects from "@wix/auto_sdk_portfolio_projects";
import * as menus from "@wix/auto_sdk_restaurants_menus";
import * as reviews from "@wix/auto_sdk_reviews_reviews";
import { ApiKeyStrategy, createClient } from "@wix/sdk";

const LIMIT = 3;
const wix = createClient({
  auth: ApiKeyStrategy({ apiKey: "IST.key", siteId: "site" }),
  modules: { accounts, categories, events, menus, posts, projects, reviews, services, staffMembers },
});

const built = async (builder) => {
  const rows = [];
  for (let page = await builder.limit(LIMIT).find(); ; page = await page.next()) {
    rows.push(...page.items);
    if (!page.hasNext()) return rows;
  }
};

const listed = async (call) => {
  const rows = [];
  for (;;) {
    const { categories: page } = await call({ paging: { limit: LIMIT, offset: rows.length } });
    rows.push(...page);
    if (page.length < LIMIT) return rows;
  }
};

const byCursor = async (member, call) => {
  const rows = [];
  for (let cursor; ; ) {
    const { [member]: page, pagingMetadata } = await call({ limit: LIMIT, cursor });
    rows.push(...page);
    cursor = pagingMetadata.cursors.next;
    if (!cursor) return rows;
  }
};

const read = {
  accounts: await byCursor("accounts", (cursorPaging) => wix.accounts.searchAccounts({ cursorPaging })),
  categories: await listed(wix.categories.listCategories),
  events: await built(wix.events.queryEvents()),
  menus: await byCursor("menus", (paging) => wix.menus.listMenus({ paging })),
  posts: await built(wix.posts.queryPosts()),
  projects: await built(wix.projects.queryProjects()),
  reviews: await built(wix.reviews.queryReviews()),
  services: await built(wix.services.queryServices()),
  staffMembers: await built(wix.staffMembers.queryStaffMembers()),
};
const ids = Object.entries(read).map(([name, rows]) => [name, rows.map((row) => row._id)]);
process.stdout.write(JSON.stringify(Object.fromEntries(ids)));
