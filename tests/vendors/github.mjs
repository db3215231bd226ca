// GitHub's own client walks GitHub's stand-in. Started by ../vendors.rs, which sets the scene and says where it is.
// What is asserted is what docs.github.com promises; the scene is `octokit::world` and `octokit::strained` there.
import assert from "node:assert/strict";
import { test as story } from "node:test";
import { Octokit } from "@octokit/rest";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

function client(auth, baseUrl = process.env.GITHUB_URL) {
  return new Octokit({ auth, baseUrl, log: quiet });
}

function test(name, walk) {
  story(name, { timeout: 60_000 }, walk);
}

/** The answer that made the client throw its own error with this status. */
async function refused(status, call) {
  const error = await call.then(
    (answer) => assert.fail(`${status} expected, got ${answer.status}`),
    (thrown) => thrown,
  );
  assert.equal(error.name, "HttpError", String(error.stack));
  assert.equal(error.status, status, error.message);
  return error.response;
}

/** A refusal in GitHub's JSON: a message, where to read on, and the status as text. */
async function refusedInJson(status, call) {
  const answer = await refused(status, call);
  assert.equal(typeof answer.data.message, "string");
  assert.match(answer.data.documentation_url, /^https:\/\/docs\.github\.com\//);
  assert.equal(answer.data.status, String(status));
  return answer;
}

const names = (list) => list.map((label) => label.name).sort();
const logins = (list) => list.map((user) => user.login).sort();

const octocat = client("ghp_owner");
const at = { owner: "acme", repo: "app" };
const { issues } = octocat.rest;

test("a token is somebody, and every answer tells the budget", async () => {
  const { data, headers } = await octocat.rest.users.getAuthenticated();
  assert.equal(data.login, "octocat");
  assert.equal(data.type, "User");
  assert.equal(typeof data.id, "number");
  assert.equal(headers["x-ratelimit-limit"], "5000");
  assert.equal(headers["x-ratelimit-resource"], "core");
  assert.equal(headers["x-github-api-version-selected"], "2022-11-28");
  assert.match(headers["content-type"], /^application\/json/);
  assert.ok(headers["x-github-request-id"]);
  assert.ok(!Number.isNaN(Date.parse(headers.date)));

  const budget = (await octocat.rest.rateLimit.get()).data;
  assert.deepEqual(budget.rate, budget.resources.core);
  const { limit, used, remaining, reset } = budget.rate;
  assert.equal(limit, used + remaining);
  assert.ok(reset > 1_500_000_000 && reset < 1_000_000_000_000, "seconds since 1970");
  assert.equal((await octocat.rest.rateLimit.get()).data.rate.used, used, "asking is free");
});

test("who has no token, or a wrong one, is told so", async () => {
  const wrong = await refusedInJson(401, client("ghp_nobody").rest.users.getAuthenticated());
  assert.equal(wrong.data.message, "Bad credentials");
  await refusedInJson(401, client(undefined).rest.users.getAuthenticated());
});

test("a repository tells what it is and what one may do there, in any case of its name", async () => {
  const { data } = await octocat.rest.repos.get({ owner: "ACME", repo: "App" });
  assert.equal(data.full_name, "acme/app");
  assert.deepEqual([data.private, data.archived, data.has_issues], [false, false, true]);
  const { admin, push, triage, pull } = data.permissions;
  assert.deepEqual([admin, push, triage, pull], [true, true, true, true]);
  const reader = (await client("ghp_reader").rest.repos.get(at)).data.permissions;
  assert.deepEqual([reader.admin, reader.push, reader.triage, reader.pull], [false, false, false, true]);
  const numbered = await octocat.request("GET /repositories/{id}", { id: data.id });
  assert.equal(numbered.data.full_name, "acme/app");
});

test("what one may not see is not there", async () => {
  await refusedInJson(404, octocat.rest.repos.get({ owner: "acme", repo: "secret" }));
  await refusedInJson(404, octocat.rest.repos.get({ owner: "acme", repo: "nothing" }));
  await refusedInJson(404, issues.get({ ...at, issue_number: 4711 }));
  await refusedInJson(404, issues.getLabel({ ...at, name: "nothing" }));
  await refusedInJson(404, issues.getMilestone({ ...at, milestone_number: 99 }));
});

test("a label is made once, whatever its case", async () => {
  const made = await issues.createLabel({ ...at, name: "bug", color: "ff0000", description: "Not right" });
  assert.equal(made.status, 201);
  assert.match(made.headers.location, /\/repos\/acme\/app\/labels\/bug$/);
  const { id, name, color, description } = made.data;
  assert.deepEqual({ name, color, description, default: made.data.default },
    { name: "bug", color: "ff0000", description: "Not right", default: false });
  assert.equal((await issues.getLabel({ ...at, name: "BUG" })).data.id, id);
  const again = await refusedInJson(422, issues.createLabel({ ...at, name: "Bug", color: "00ff00" }));
  assert.equal(again.data.message, "Validation Failed");
  assert.deepEqual(again.data.errors, [{ resource: "Label", code: "already_exists", field: "name" }]);
  const colour = await refusedInJson(422, issues.createLabel({ ...at, name: "red", color: "#ff0000" }));
  assert.deepEqual(colour.data.errors, [{ resource: "Label", code: "invalid", field: "color" }]);
  const long = await refusedInJson(422, issues.createLabel({ ...at, name: "x".repeat(51) }));
  assert.equal(long.data.errors[0].code, "custom");
});

test("a milestone is known by its number, and its due date loses the time of day", async () => {
  const made = await issues.createMilestone({ ...at, title: "v1", due_on: "2026-07-01T12:00:00Z" });
  assert.equal(made.status, 201);
  assert.match(made.headers.location, /\/milestones\/1$/);
  assert.equal(made.data.due_on, "2026-07-01T07:00:00Z", "midnight on the Pacific coast");
  await issues.createMilestone({ ...at, title: "v0", state: "closed" });
  const { data } = await issues.getMilestone({ ...at, milestone_number: 1 });
  assert.deepEqual([data.number, data.title, data.state, data.open_issues], [1, "v1", "open", 0]);
  const titles = async (state) => (await issues.listMilestones({ ...at, state })).data.map((row) => row.title);
  assert.deepEqual(await titles(undefined), ["v1"]);
  assert.deepEqual((await titles("all")).sort(), ["v0", "v1"]);
  const twice = await refusedInJson(422, issues.createMilestone({ ...at, title: "v1" }));
  assert.equal(twice.data.errors[0].code, "already_exists");
});

test("issue types are the organisation's", async () => {
  const types = (await octocat.request("GET /repos/{owner}/{repo}/issue-types", at)).data;
  assert.deepEqual(types.map((type) => type.name), ["Bug", "Task"]);
  assert.ok(types.every((type) => typeof type.id === "number" && type.is_enabled === true));
  const own = { owner: "octocat", repo: "own" };
  await refusedInJson(404, octocat.request("GET /repos/{owner}/{repo}/issue-types", own));
});

let created;

test("an issue is made with everything at once", async () => {
  const answer = await issues.create({
    ...at,
    title: "  Made by a client ",
    body: "one\r\ntwo",
    labels: ["BUG", { name: "näw/x" }],
    assignees: ["mona"],
    milestone: 1,
    type: "Bug",
  });
  assert.equal(answer.status, 201);
  created = answer.data;
  assert.equal(answer.headers.location, created.url);
  assert.equal(created.title, "Made by a client");
  assert.equal(created.body, "one\r\ntwo", "line ends stay");
  assert.deepEqual(names(created.labels), ["bug", "näw/x"]);
  assert.equal(created.labels.find((label) => label.name === "näw/x").color, "ededed");
  assert.deepEqual(logins(created.assignees), ["mona"]);
  assert.deepEqual([created.milestone.number, created.type.name], [1, "Bug"]);
  assert.deepEqual([created.state, created.state_reason, created.closed_at], ["open", null, null]);
  assert.equal(created.user.login, "octocat");
  assert.match(created.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test("an issue has every field its description says is always there", async () => {
  const always = [
    "id", "node_id", "url", "repository_url", "labels_url", "comments_url", "events_url", "html_url", "number",
    "state", "locked", "title", "user", "labels", "assignee", "milestone", "comments", "closed_at", "created_at",
    "updated_at",
  ];
  const issue = (await issues.get({ ...at, issue_number: created.number })).data;
  assert.deepEqual(always.filter((key) => !(key in issue)), []);
  assert.equal(issue.assignee.login, "mona");
  const pull = (await issues.get({ ...at, issue_number: 3 })).data;
  assert.match(pull.pull_request.url, /\/pulls\/3$/);
  assert.equal("pull_request" in issue, false);
  const ofNobody = (await issues.get({ ...at, issue_number: 4 })).data;
  assert.equal(ofNobody.user.login, "ghost");
});

test("a version of the API is chosen by header", async () => {
  const asked = (version) =>
    issues.get({ ...at, issue_number: created.number, headers: { "x-github-api-version": version } });
  const newest = await asked("2026-03-10");
  assert.equal(newest.headers["x-github-api-version-selected"], "2026-03-10");
  assert.equal("assignee" in newest.data, false);
  assert.deepEqual(logins(newest.data.assignees), ["mona"]);
  const budget = await octocat.rest.rateLimit.get({ headers: { "x-github-api-version": "2026-03-10" } });
  assert.deepEqual(Object.keys(budget.data), ["resources"]);
  await refusedInJson(400, asked("1999-01-01"));
});

test("an issue is closed for a reason, which counts only together with a change of state", async () => {
  const here = { ...at, issue_number: created.number };
  const closed = (await issues.update({ ...here, state: "closed", state_reason: "not_planned" })).data;
  assert.deepEqual([closed.state, closed.state_reason, closed.closed_by.login], ["closed", "not_planned", "octocat"]);
  const still = (await issues.update({ ...here, state: "closed", state_reason: "duplicate" })).data;
  assert.equal(still.state_reason, "not_planned");
  const open = (await issues.update({ ...here, state: "open" })).data;
  assert.deepEqual([open.state, open.state_reason, open.closed_at], ["open", "reopened", null]);
});

test("what is sent replaces, null and empty lists clear, what is not sent stays", async () => {
  const here = { ...at, issue_number: created.number };
  const titled = (await issues.update({ ...here, title: "Another title" })).data;
  assert.equal(titled.body, "one\r\ntwo");
  assert.deepEqual(names(titled.labels), ["bug", "näw/x"]);
  const cleared = (await issues.update({ ...here, labels: [], assignees: [], milestone: null, type: null, body: null })).data;
  assert.deepEqual([cleared.labels, cleared.assignees], [[], []]);
  assert.deepEqual([cleared.milestone, cleared.type], [null, null]);
  assert.ok(cleared.body === null || cleared.body === "");
});

test("labels of an issue are added, replaced and taken away", async () => {
  const here = { ...at, issue_number: created.number };
  assert.deepEqual(names((await issues.addLabels({ ...here, labels: ["bug", "a b"] })).data), ["a b", "bug"]);
  assert.deepEqual(names((await issues.addLabels({ ...here, labels: ["c/d?#%"] })).data), ["a b", "bug", "c/d?#%"]);
  assert.deepEqual(names((await issues.listLabelsOnIssue(here)).data), ["a b", "bug", "c/d?#%"]);
  assert.deepEqual(names((await issues.removeLabel({ ...here, name: "c/d?#%" })).data), ["a b", "bug"]);
  const absent = await refusedInJson(404, issues.removeLabel({ ...here, name: "c/d?#%" }));
  assert.equal(absent.data.message, "Label does not exist");
  assert.deepEqual(names((await issues.setLabels({ ...here, labels: ["x"] })).data), ["x"]);
  assert.equal((await issues.removeAllLabels(here)).status, 204);
  assert.deepEqual((await issues.listLabelsOnIssue(here)).data, []);
});

test("who cannot be assigned is ignored when added, and refused when set", async () => {
  const here = { ...at, issue_number: created.number };
  const added = await issues.addAssignees({ ...here, assignees: ["mona", "stranger"] });
  assert.equal(added.status, 201);
  assert.deepEqual(logins(added.data.assignees), ["mona"]);
  const removed = await issues.removeAssignees({ ...here, assignees: ["mona"] });
  assert.equal(removed.status, 200);
  assert.deepEqual(removed.data.assignees, []);
  const set = await refusedInJson(422, issues.update({ ...here, assignees: ["stranger"] }));
  const { resource, field, code } = set.data.errors[0];
  assert.deepEqual({ resource, field, code }, { resource: "Issue", field: "assignees", code: "invalid" });
  assert.equal((await issues.checkUserCanBeAssigned({ ...at, assignee: "mona" })).status, 204);
  assert.equal((await issues.checkUserCanBeAssignedToIssue({ ...here, assignee: "mona" })).status, 204);
  await refusedInJson(404, issues.checkUserCanBeAssigned({ ...at, assignee: "stranger" }));
  await refusedInJson(404, issues.checkUserCanBeAssignedToIssue({ ...here, assignee: "stranger" }));
  assert.ok(logins((await issues.listAssignees(at)).data).includes("mona"));
});

test("the past of an issue is listed, comments only in the timeline", async () => {
  const here = { ...at, issue_number: created.number };
  const events = await octocat.paginate(issues.listEvents, { ...here, per_page: 5 });
  const kinds = new Set(events.map((event) => event.event));
  for (const kind of ["renamed", "closed", "reopened", "labeled", "unlabeled", "assigned", "unassigned",
    "milestoned", "demilestoned", "issue_type_added", "issue_type_removed"]) {
    assert.ok(kinds.has(kind), kind);
  }
  assert.ok(events.every((event) => event.id && event.created_at && event.actor.login === "octocat"));
  const renamed = events.find((event) => event.event === "renamed");
  assert.deepEqual(renamed.rename, { from: "Made by a client", to: "Another title" });
  const labeled = events.find((event) => event.event === "labeled");
  assert.deepEqual(Object.keys(labeled.label).sort(), ["color", "name"], "no id here");
  const milestoned = events.find((event) => event.event === "milestoned");
  assert.deepEqual(milestoned.milestone, { title: "v1" });

  const first = { ...at, issue_number: 1 };
  const timeline = (await issues.listEventsForTimeline(first)).data;
  const comment = timeline.find((event) => event.event === "commented");
  assert.equal(comment.body, "First!");
  assert.ok((await issues.listEvents(first)).data.every((event) => event.event !== "commented"));
});

test("every issue and pull request is listed once, page after page by the links", async () => {
  const asked = { ...at, state: "all", per_page: 2, sort: "created", direction: "asc" };
  const found = await octocat.paginate(issues.listForRepo, asked);
  const numbers = found.map((issue) => issue.number);
  assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, created.number], "7 was deleted, 8 moved away");
  assert.ok(found.find((issue) => issue.number === 3).pull_request);
  const repository = (await octocat.rest.repos.get(at)).data.id;
  let pages = 0;
  for await (const page of octocat.paginate.iterator(issues.listForRepo, asked)) {
    pages += 1;
    assert.ok(page.data.length <= 2);
    const next = page.headers.link?.match(/<([^>]+)>; rel="next"/)?.[1];
    assert.equal(next === undefined, pages === 4);
    if (next) assert.ok(next.startsWith(`${process.env.GITHUB_URL}/repositories/${repository}/issues?`), next);
  }
  assert.equal(pages, 4);
  assert.equal((await issues.listForRepo({ ...at, state: "all", per_page: 100 })).headers.link, undefined);
});

test("lists with page numbers link to their first, previous, next and last page", async () => {
  const all = names(await octocat.paginate(issues.listLabelsForRepo, { ...at, per_page: 1 }));
  assert.deepEqual(all, ["a b", "bug", "c/d?#%", "näw/x", "x"]);
  const second = await issues.listLabelsForRepo({ ...at, per_page: 2, page: 2 });
  for (const relation of ["first", "prev", "next", "last"]) {
    assert.match(second.headers.link, new RegExp(`<[^>]+>; rel="${relation}"`));
  }
  const behind = await issues.listLabelsForRepo({ ...at, per_page: 100, page: 9 });
  assert.deepEqual(behind.data, []);
});

test("a list is narrowed by state, label, creator and the time of the last change", async () => {
  const listed = async (more) =>
    (await octocat.paginate(issues.listForRepo, { ...at, state: "all", direction: "asc", ...more })).map((issue) => issue.number);
  await issues.update({ ...at, issue_number: 2, state: "closed" });
  await issues.addLabels({ ...at, issue_number: 5, labels: ["bug", "x"] });
  await issues.addLabels({ ...at, issue_number: 6, labels: ["bug"] });
  assert.deepEqual(await listed({ state: "closed" }), [2]);
  assert.deepEqual(await listed({ labels: "BUG" }), [5, 6]);
  assert.deepEqual(await listed({ labels: "bug,x" }), [5]);
  assert.deepEqual(await listed({ creator: "octocat" }), [created.number]);
  const since = (await issues.get({ ...at, issue_number: 4 })).data.updated_at;
  assert.ok((await listed({ since })).includes(4), "that very second is included");
  const bad = await refusedInJson(422, issues.listForRepo({ ...at, state: "odd" }));
  assert.equal(bad.data.message, "Validation Failed");
});

test("what has not changed is a 304, free of charge, for this token only", async () => {
  const asked = { ...at, state: "all", per_page: 100 };
  const first = await issues.listForRepo(asked);
  const known = { ...asked, headers: { "if-none-match": first.headers.etag } };
  const same = await refused(304, issues.listForRepo(known));
  assert.equal(same.headers.etag, first.headers.etag);
  assert.deepEqual([same.data, same.headers.link, same.headers["content-type"]], ["", undefined, undefined]);
  assert.equal(same.headers["x-ratelimit-used"], first.headers["x-ratelimit-used"]);
  assert.equal((await client("ghp_reader").rest.issues.listForRepo(known)).status, 200);
  await issues.update({ ...at, issue_number: 6, title: "Changed" });
  assert.equal((await issues.listForRepo(known)).status, 200);
});

test("what went away says how", async () => {
  await refusedInJson(410, issues.get({ ...at, issue_number: 7 }));
  await refusedInJson(410, issues.update({ ...at, issue_number: 7, title: "x" }));
  const moved = await issues.get({ ...at, issue_number: 8 });
  assert.match(moved.data.url, /\/repos\/acme\/elsewhere\/issues\/1$/, "the client follows");
  const byHand = await issues.get({ ...at, issue_number: 8, request: { redirect: "manual" } });
  assert.equal(byHand.status, 301);
  assert.match(byHand.headers.location, /\/repositories\/\d+\/issues\/1$/);
  assert.equal(byHand.data.message, "Moved Permanently");
  const written = await issues.update({ ...at, issue_number: 8, title: "x", request: { redirect: "manual" } });
  assert.deepEqual([written.status, written.headers.location], [301, byHand.headers.location]);
  assert.equal((await issues.get({ ...at, issue_number: 8 })).data.title, "Issue 8", "nothing was written");
});

test("a renamed repository is found by its old name, to read and to write", async () => {
  const old = { owner: "acme", repo: "former", issue_number: 1 };
  const found = (await issues.get(old)).data;
  assert.match(found.url, /\/repos\/acme\/latter\/issues\/1$/);
  assert.equal((await issues.get({ ...old, request: { redirect: "manual" } })).status, 301);
  const byHand = await issues.update({ ...old, title: "x", request: { redirect: "manual" } });
  assert.equal(byHand.status, 307);
  assert.equal((await issues.update({ ...old, title: "Written by the old name" })).data.title, "Written by the old name");
});

test("an archived repository is read-only, and one without issues has none", async () => {
  const archived = await refusedInJson(403, issues.create({ owner: "acme", repo: "archived", title: "x" }));
  assert.match(archived.data.message, /archived/);
  assert.deepEqual((await issues.listForRepo({ owner: "acme", repo: "archived" })).data, []);
  await refusedInJson(410, issues.create({ owner: "acme", repo: "without-issues", title: "x" }));
});

test("who may only read opens issues, but what needs more is dropped or refused", async () => {
  const reader = client("ghp_reader").rest.issues;
  const opened = await reader.create({ ...at, title: "Help", labels: ["bug"], assignees: ["mona"], milestone: 1, type: "Bug" });
  assert.equal(opened.status, 201);
  const { labels, assignees, milestone, type } = opened.data;
  assert.deepEqual({ labels, assignees, milestone, type }, { labels: [], assignees: [], milestone: null, type: null });
  assert.equal((await reader.update({ ...at, issue_number: opened.data.number, title: "Help me" })).data.title, "Help me");
  await refusedInJson(403, reader.update({ ...at, issue_number: 1, title: "Mine" }));
  await refusedInJson(403, reader.addLabels({ ...at, issue_number: 1, labels: ["bug"] }));
  await refusedInJson(403, reader.createLabel({ ...at, name: "mine" }));
  const looker = await refusedInJson(403, client("ghp_looker").rest.issues.create({ ...at, title: "x" }));
  assert.match(looker.data.message, /^Resource not accessible/);
});

test("a bad value is refused with its field", async () => {
  const refusal = async (sent) => (await refusedInJson(422, issues.create({ ...at, title: "x", ...sent }))).data.errors[0];
  assert.deepEqual(await refusal({ title: " " }), { resource: "Issue", field: "title", code: "missing_field" });
  const long = await refusal({ body: "x".repeat(65_537) });
  assert.deepEqual([long.field, long.code], ["body", "custom"]);
  assert.equal(long.message, "body is too long (maximum is 65536 characters)");
  assert.equal((await refusal({ milestone: 99 })).field, "milestone");
  assert.equal((await refusal({ type: "Nonsense" })).field, "type");
  assert.equal((await refusal({ labels: ["x".repeat(51)] })).code, "invalid");
});

const strained = client("ghp_owner", process.env.GITHUB_STRAINED_URL);

test("a server's or a network's failure is an error with a status", async () => {
  const label = (name) => strained.rest.issues.getLabel({ ...at, name });
  assert.match((await refused(502, label("html"))).data, /^<html>/);
  await refusedInJson(503, label("unwell"));
  assert.equal(await refused(500, label("reset")), undefined, "no answer: the status is the client's own");
  const silent = await refusedInJson(403, label("silent"));
  assert.match(silent.data.message, /secondary rate limit/);
  assert.deepEqual(Object.keys(silent.headers).filter((name) => /ratelimit|retry/.test(name)), []);
});

test("behind a base path the links lead to where they came from", async () => {
  const reader = client("ghp_reader", process.env.GITHUB_STRAINED_URL);
  const found = await reader.paginate(reader.rest.issues.listForRepo, { ...at, per_page: 2 });
  assert.equal(found.length, 5);
  assert.ok(found.every((issue) => issue.url.startsWith(`${process.env.GITHUB_STRAINED_URL}/repos/acme/app/issues/`)));
});

test("too many creations in a minute are refused with the time to wait", async () => {
  const make = (name) => strained.rest.issues.createLabel({ ...at, name });
  await make("one");
  await make("two");
  const limited = await refusedInJson(403, make("three"));
  assert.match(limited.data.message, /secondary rate limit/);
  const wait = Number(limited.headers["retry-after"]);
  assert.ok(Number.isInteger(wait) && wait > 0 && wait <= 60, limited.headers["retry-after"]);
  assert.notEqual(limited.headers["x-ratelimit-remaining"], "0");
});

test("a spent hour is refused with the time it ends, and 304s spend nothing", async () => {
  const read = (headers) => strained.rest.issues.getLabel({ ...at, name: "one", headers });
  const { etag } = (await read()).headers;
  for (let n = 0; n < 20; n += 1) await refused(304, read({ "if-none-match": etag }));
  let left;
  do left = Number((await read()).headers["x-ratelimit-remaining"]);
  while (left > 0);
  const spent = await refusedInJson(403, read());
  assert.match(spent.data.message, /^API rate limit exceeded/);
  assert.equal(spent.headers["x-ratelimit-remaining"], "0");
  assert.ok(Number(spent.headers["x-ratelimit-reset"]) > Date.parse(spent.headers.date) / 1000);
  const { rate } = (await strained.rest.rateLimit.get()).data;
  assert.deepEqual([rate.limit, rate.used, rate.remaining], [12, 12, 0]);
});

test("when a body was edited is told by GraphQL alone", async () => {
  const question = `query($owner: String!, $name: String!, $number: Int!) {
    repository(owner: $owner, name: $name) { issue(number: $number) { createdAt lastEditedAt } }
  }`;
  const { data } = await issues.create({ ...at, title: "Edited later", body: "first" });
  const asked = { owner: at.owner, name: at.repo, number: data.number };
  const before = (await octocat.graphql(question, asked)).repository.issue;
  assert.equal(before.createdAt, data.created_at);
  assert.equal(before.lastEditedAt, null);
  await issues.update({ ...at, issue_number: data.number, title: "Edited now" });
  assert.equal((await octocat.graphql(question, asked)).repository.issue.lastEditedAt, null);
  const edited = await issues.update({ ...at, issue_number: data.number, body: "second" });
  const after = (await octocat.graphql(question, asked)).repository.issue;
  assert.equal(after.lastEditedAt, edited.data.updated_at);
  await assert.rejects(octocat.graphql(question, { ...asked, number: 99_999 }), (thrown) => {
    assert.equal(thrown.name, "GraphqlResponseError");
    assert.equal(thrown.errors[0].type, "NOT_FOUND");
    return true;
  });
});
