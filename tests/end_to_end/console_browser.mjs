// Real Chromium on the console. Prints one line of JSON for each fact: its name, and what went
// wrong, if anything did.
//
//   node console_browser.mjs NPM_FOLDER BASE_URL TOKEN SCREENSHOT_FOLDER|-

import { createRequire } from "node:module";

const [npm, base, token, shots] = process.argv.slice(2);
const require = createRequire(`${npm}/node_modules/`);
const { chromium } = require("playwright-core");
const axe = require("axe-core").source;

const pages = ["", "usage", "prices", "budgets", "chargeback", "compliance", "runs"];
const dialogs = ["budgets?dialog=add", "prices?dialog=add", "prices?dialog=import",
  "prices?dialog=explain&model=gpt-4o", "chargeback?dialog=generate",
  "compliance?dialog=generate", "runs?dialog=start"];

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const complaints = [];
const open = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return page;
};
const signIn = async (page, next = "/console/") => {
  await page.goto(base + next);
  await page.fill("#token", token);
  await page.click("button.primary");
  await page.waitForURL((url) => !url.pathname.includes("sign-in"));
};
const must = (truth, words) => {
  if (!truth) throw new Error(words);
};
const fact = async (name, check) => {
  complaints.length = 0;
  let failure = "";
  try {
    await check();
    if (complaints.length) failure = `the browser complains: ${complaints.join("; ")}`;
  } catch (error) {
    failure = String(error.message || error).slice(0, 1500);
  }
  console.log(JSON.stringify({ name, failure }));
};
const violations = async (page) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160))}`);
};
const partAnswer = (page) => page.waitForResponse(
  (answer) => answer.request().headers()["x-parts"]?.includes("="));

const page = await open();

await fact("whoever is not signed in is led to the form and back", async () => {
  await signIn(page, "/console/budgets?tenantId=unilab");
  must(page.url() === `${base}/console/budgets?tenantId=unilab`, page.url());
});

await fact("a wrong token is refused in words", async () => {
  const other = await open();
  await other.goto(`${base}/console/sign-in`);
  await other.fill("#token", "costd_wrong");
  await other.click("button.primary");
  must((await other.textContent("[role=alert]")).includes("does not hold"), "no words");
  complaints.length = 0; // Chromium tells of the 403 itself
  await other.context().close();
});

for (const path of pages) {
  await fact(`/console/${path} loads whole, light, small and without violations`, async () => {
    let bytes = 0;
    const count = async (answer) => { bytes += (await answer.body().catch(() => "")).length; };
    page.on("response", count);
    await page.goto(`${base}/console/${path}`);
    await page.waitForLoadState("networkidle");
    page.off("response", count);
    must(bytes < 150_000, `${bytes} bytes`);
    const found = await violations(page);
    must(found.length === 0, found.join("\n"));
  });
}
for (const path of dialogs) {
  await fact(`${path} opens without violations`, async () => {
    await page.goto(`${base}/console/${path}`);
    must(await page.locator("dialog:modal").count() === 1, "it is not modal");
    const found = await violations(page);
    must(found.length === 0, found.join("\n"));
  });
}
await fact("in the dark and on a phone nothing is cut off, without violations", async () => {
  for (const path of pages) {
    const small = await open({ viewport: { width: 360, height: 740 }, colorScheme: "dark",
      storageState: await page.context().storageState() });
    await small.goto(`${base}/console/${path}`);
    const found = await violations(small);
    must(found.length === 0, `${path}: ${found.join("\n")}`);
    const width = await small.evaluate(() => document.documentElement.scrollWidth);
    must(width <= 360, `${path} is ${width} wide`);
    await small.context().close();
  }
});

await fact("on a very large screen the content stays in the middle", async () => {
  const large = await open({ viewport: { width: 3840, height: 2160 },
    storageState: await page.context().storageState() });
  for (const path of pages) {
    await large.goto(`${base}/console/${path}`);
    const box = await large.locator("main").boundingBox();
    const middle = box.x + box.width / 2;
    must(box.width <= 2600 && Math.abs(middle - 1920) < 20,
      `${path} is ${box.width} wide around ${middle}`);
  }
  await large.context().close();
});

await fact("a filter stays in the address, and figures follow it", async () => {
  await page.goto(`${base}/console/`);
  const all = await page.textContent(".stat.teal .figure");
  await page.fill("#f-tenant", "meridian-bank");
  await page.click(".filter button.primary");
  await page.waitForURL(/tenantId=meridian-bank/);
  must(!page.url().includes("model="), `empty fields in ${page.url()}`);
  must(await page.inputValue("#f-tenant") === "meridian-bank", "the field forgot it");
  must(await page.textContent(".stat.teal .figure") !== all, "the figures did not follow");
});

await fact("a refresh keeps what is half typed, the focus and the scroll", async () => {
  await page.goto(`${base}/console/`);
  await page.focus("#f-model");
  await page.keyboard.type("half a mod");
  await page.evaluate(() => {
    window.scrollTo(0, 300);
    document.querySelector("[data-part=cards]").dataset.hash = "old";
    document.querySelector(".stat.teal .figure").textContent = "stale";
  });
  await partAnswer(page);
  await page.waitForFunction(
    () => document.querySelector(".stat.teal .figure").textContent !== "stale");
  must(await page.inputValue("#f-model") === "half a mod", "the text is gone");
  must(await page.evaluate(() => document.activeElement.id) === "f-model", "the focus is gone");
  must(await page.evaluate(() => window.scrollY) === 300, "it scrolled");
});

await fact("a refresh puts the focus back on a link of an exchanged part", async () => {
  await page.goto(`${base}/console/`);
  await page.focus("[data-part=records] h2 a");
  await page.evaluate(
    () => { document.querySelector("[data-part=records]").dataset.hash = "old"; });
  await partAnswer(page);
  await page.waitForFunction(
    () => document.querySelector("[data-part=records]").dataset.hash !== "old");
  must(await page.evaluate(() => document.activeElement.textContent) === "all of them", "lost");
});

await fact("paused means paused", async () => {
  const still = await open({ storageState: await page.context().storageState() });
  await still.clock.install();
  await still.goto(`${base}/console/runs`);
  await still.click("#live-toggle");
  must(await still.getAttribute("#live-toggle", "aria-pressed") === "true", "not pressed");
  let asked = 0;
  still.on("request", () => { asked += 1; });
  await still.clock.runFor(60_000);
  must(asked === 0, `${asked} requests in a minute`);
  await Promise.all([partAnswer(still), still.click("#live-toggle")]);
  await still.context().close();
});

await fact("a budget is made, refused in words, edited and deleted", async () => {
  await page.goto(`${base}/console/budgets`);
  await page.focus("text=New budget cap");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog:modal #d-name");
  await page.fill("#d-name", "Browser <cap>");
  await page.fill("#d-tenant", "unilab");
  await page.fill("#d-limit", "-5");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog:modal [role=alert]");
  must((await page.textContent("dialog [role=alert]")).includes("limitUsd"), "no reason");
  must(await page.inputValue("#d-name") === "Browser <cap>", "what was typed is gone");
  complaints.length = 0; // Chromium tells of the 400 itself
  await page.fill("#d-limit", "1234.50");
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=Budget cap “Browser <cap>” was made.");
  const row = page.locator("tr", { hasText: "Browser <cap>" });
  must((await row.textContent()).includes("$1,234.50"), await row.textContent());
  await row.locator("text=Edit").click();
  await page.waitForSelector("dialog:modal #d-limit");
  await page.fill("#d-limit", "2000");
  await page.click("dialog button.primary");
  await page.waitForSelector("text=was changed.");
  must((await row.textContent()).includes("$2,000.00"), await row.textContent());
  await row.locator("text=Delete").click();
  await page.waitForSelector("dialog:modal");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  must((await page.evaluate(() => document.activeElement.textContent)).startsWith("Delete"),
    "the focus did not come back");
  await row.locator("text=Delete").click();
  await page.click("dialog button.danger");
  await page.waitForSelector("text=The budget cap was deleted.");
  must(await row.count() === 0, "it is still there");
});

await fact("caps of the configuration are locked, and say why", async () => {
  await page.goto(`${base}/console/budgets`);
  const row = page.locator("tr", { hasText: "All tenants together" });
  must((await row.locator(".lock").getAttribute("title")).includes("configuration file"), "no why");
  must(await row.locator("text=Edit").count() === 0, "it may be edited");
});

await fact("a price is previewed, stored and deleted", async () => {
  await page.goto(`${base}/console/prices`);
  await page.click("text=New price");
  await page.fill("dialog #d-model", "m-new");
  await page.fill("#d-effective", "2020-01-01");
  await page.fill("#d-input", "1");
  await page.fill("#d-output", "2");
  await page.click("text=Show what it changes");
  await page.waitForSelector("dialog .preview");
  must((await page.textContent(".preview")).includes("get a price and had none: 1"), "no preview");
  await page.click("text=Store the price");
  await page.waitForSelector("text=The price of m-new is stored");
  await page.locator("tr", { hasText: "m-new" }).locator("text=Delete").click();
  await page.waitForSelector("dialog .preview");
  must((await page.textContent("dialog")).includes("lose their price, and are in no total then: 1"), "no warning");
  await page.click("dialog button.danger");
  await page.waitForSelector("text=The price was taken away");
});

await fact("an import shows its diff before it is done", async () => {
  await page.goto(`${base}/console/prices`);
  await page.click("text=Import");
  await page.fill("#d-file",
    'prices:\n  - { model: "m-new", input: 3, output: 4, effective: 2020-01-01 }\n');
  await page.click("text=Show what it changes");
  await page.waitForSelector("dialog .badge.added");
  await page.click("dialog button:has-text('Import')");
  await page.waitForSelector("text=1 prices added, 0 replaced");
});

await fact("explain says which price wins", async () => {
  await page.goto(`${base}/console/prices`);
  await page.click("text=Explain");
  await page.fill("dialog #d-model", "gpt-4o-mini");
  await page.fill("dialog #d-provider", "openai");
  await page.click("dialog button.primary");
  await page.waitForSelector(".candidates .wins");
});

await fact("a chargeback report is made, fetched and deleted with a reason", async () => {
  await page.goto(`${base}/console/chargeback`);
  await page.click("text=Make a report");
  await page.fill("#d-tenant", "unilab");
  await page.click("dialog button.primary");
  await page.waitForSelector("text=Done");
  const row = page.locator("tr", { hasText: "Unilab Research" });
  await row.first().waitFor();
  must((await row.first().textContent()).includes("signed"), "no signature");
  for (const kind of ["PDF", "CSV", "XLSX"]) {
    const [file] = await Promise.all([page.waitForEvent("download"),
      row.first().locator(`a.button:has-text("${kind}")`).click()]);
    must(file.suggestedFilename().toLowerCase().endsWith(kind.toLowerCase()),
      file.suggestedFilename());
  }
  await row.first().locator("text=Delete").click();
  await page.fill("#d-reason", "made by a test");
  await page.click("dialog button.danger");
  await page.waitForSelector("text=The report was deleted.");
});

await fact("a compliance report is made and listed by its type", async () => {
  await page.goto(`${base}/console/compliance`);
  await page.click("text=Make a report");
  await page.selectOption("#d-type", "gdpr");
  await page.fill("#d-tenant", "unilab");
  await page.click("dialog button.primary");
  await page.waitForSelector("text=Done");
  await page.goto(`${base}/console/compliance?type=gdpr`);
  must(await page.locator("tbody tr").count() === 1, "it is not listed");
});

await fact("the filtered records come as CSV, and a page has fifty", async () => {
  await page.goto(`${base}/console/usage?tenantId=unilab`);
  must(await page.locator("tbody tr").count() === 50, "not fifty");
  must((await page.textContent("main")).includes("key_unil…c3d4"), "the key is not masked");
  const [file] = await Promise.all([page.waitForEvent("download"),
    page.click("text=CSV of all of them")]);
  const stream = await file.createReadStream();
  let text = "";
  for await (const piece of stream) text += piece;
  const lines = text.trim().split("\r\n");
  must(lines.length > 300 && lines.slice(1).every((line) => line.includes(",unilab,")), text);
  await page.click("text=Older");
  await page.waitForURL(/offset=50/);
});

await fact("a schedule is run by hand and its run is seen", async () => {
  await page.goto(`${base}/console/runs`);
  await page.locator("tr", { hasText: "refresh" }).first().locator("text=Run now").click();
  await page.waitForSelector("text=The run is queued.");
  await page.waitForSelector("[data-part=list] tr:has-text('refresh') .badge.good");
  await page.locator("[data-part=list] tr:has-text('refresh') a").first().click();
  await page.waitForSelector("dialog:modal");
});

await fact("names with marks are shown as they are", async () => {
  await page.goto(`${base}/console/?tenantId=nordwind-retail`);
  must((await page.textContent("main")).includes("Nordwind & Söhne <Retail>"), "not as it is");
});

await fact("without a script everything but the refresh works", async () => {
  const plain = await open({ javaScriptEnabled: false,
    storageState: await page.context().storageState() });
  await plain.goto(`${base}/console/budgets`);
  await plain.click("text=New budget cap");
  await plain.fill("#d-name", "Without a script");
  await plain.fill("#d-limit", "10");
  await plain.click("dialog button.primary");
  await plain.waitForSelector("text=was made.");
  await plain.context().close();
});

if (shots !== "-") {
  for (const [name, options] of [["wide", {}],
    ["dark", { colorScheme: "dark" }],
    ["phone", { viewport: { width: 360, height: 740 } }],
    ["4k", { viewport: { width: 3840, height: 2160 } }]]) {
    const shot = await open({ ...options, storageState: await page.context().storageState() });
    for (const path of [...pages, ...dialogs]) {
      await shot.goto(`${base}/console/${path}`);
      await shot.screenshot({ fullPage: !path.includes("dialog"),
        path: `${shots}/${name}-${path.replace(/\W+/g, "-") || "dashboard"}.png` });
    }
    await shot.context().close();
  }
}

await fact("signed out is signed out", async () => {
  await page.goto(`${base}/console/`);
  await page.click("text=Sign out");
  await page.waitForURL(/sign-in/);
  await page.goto(`${base}/console/usage`);
  must(page.url().includes("/console/sign-in?next="), page.url());
});

await browser.close();
