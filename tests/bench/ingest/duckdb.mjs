// The same work in DuckDB: keep the raw records and the priced daily rollup in a database file.
//
//     node duckdb.mjs distinct|plain RECORDS.jsonl RATES.csv FOLDER
//
// `distinct` takes every record id once, as costd does; `plain` takes every line. FOLDER has the
// node_modules, and gets the database. Prints one line of JSON.

import { createRequire } from 'node:module';
import { rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const [mode, records, rates, folder] = process.argv.slice(2);
if (!['distinct', 'plain'].includes(mode) || !folder) {
  console.error('node duckdb.mjs distinct|plain RECORDS.jsonl RATES.csv FOLDER');
  process.exit(2);
}
const require = createRequire(join(resolve(folder), 'package.json'));
const { DuckDBInstance } = require('@duckdb/node-api');

const text = (path) => `'${path.replaceAll("'", "''")}'`;

const usage = `
CREATE TABLE usage AS
SELECT ${mode === 'distinct' ? 'DISTINCT ON (id)' : ''} *
FROM read_json(${text(records)}, format = 'newline_delimited', maximum_object_size = 1048576,
  columns = {
    id: 'UUID', tenantId: 'VARCHAR', apiKey: 'VARCHAR', model: 'VARCHAR', provider: 'VARCHAR',
    inputTokens: 'BIGINT', outputTokens: 'BIGINT', totalTokens: 'BIGINT', estimated: 'BOOLEAN',
    credentialFingerprint: 'VARCHAR', cacheStatus: 'VARCHAR', timestamp: 'TIMESTAMP',
    cachedInputTokens: 'BIGINT', cacheWriteTokens: 'BIGINT', reasoningTokens: 'BIGINT' })`;

const pricesPerBand = `
CREATE TABLE rates AS
SELECT * FROM read_csv(${text(rates)}, header = true, columns = {
  model: 'VARCHAR', provider: 'VARCHAR', band: 'INTEGER', input: 'BIGINT', cache_read: 'BIGINT',
  cache_write: 'BIGINT', output: 'BIGINT' })`;

// Tokens times micro-USD per million tokens are pico-USD, exactly. A cache HIT costs nothing.
const daily = `
CREATE TABLE cost_daily AS
WITH usage_daily AS (
  SELECT CAST(timestamp AS DATE) AS day, tenantId, apiKey, model, provider,
    CASE WHEN inputTokens <= 32000 THEN 0 WHEN inputTokens <= 64000 THEN 1
      WHEN inputTokens <= 128000 THEN 2 WHEN inputTokens <= 200000 THEN 3
      WHEN inputTokens <= 256000 THEN 4 WHEN inputTokens <= 272000 THEN 5
      WHEN inputTokens <= 512000 THEN 6 WHEN inputTokens <= 1000000 THEN 7 ELSE 8 END AS band,
    CASE WHEN cacheStatus = 'HIT' THEN 'hit' WHEN estimated THEN 'estimated'
      ELSE 'exact' END AS origin,
    count(*) AS requests,
    sum(inputTokens - cachedInputTokens - cacheWriteTokens) AS input_uncached,
    sum(cachedInputTokens) AS cache_read, sum(cacheWriteTokens) AS cache_write,
    sum(outputTokens) AS output, sum(reasoningTokens) AS reasoning, sum(totalTokens) AS total
  FROM usage GROUP BY ALL)
SELECT u.*,
  CASE WHEN origin = 'hit' THEN 0::HUGEINT WHEN r.model IS NULL THEN NULL
    ELSE u.input_uncached * r.input + u.cache_read * r.cache_read +
      u.cache_write * r.cache_write + u.output * r.output END AS cost_picos
FROM usage_daily u LEFT JOIN rates r USING (model, provider, band)`;

const totals = `
SELECT CAST(sum(cost_picos) AS VARCHAR), CAST(sum(requests) AS VARCHAR),
  CAST(sum(requests) FILTER (cost_picos IS NULL) AS VARCHAR), CAST(count(*) AS VARCHAR),
  version() FROM cost_daily`;

const database = join(folder, 'usage.duckdb');
for (const path of [database, database + '.wal']) rmSync(path, { force: true });
const start = process.hrtime.bigint();
const seconds = () => Number(process.hrtime.bigint() - start) / 1e9;

const instance = await DuckDBInstance.create(database, {
  threads: '2', preserve_insertion_order: 'false', temp_directory: join(folder, 'duckdb-temp'),
});
const connection = await instance.connect();
await connection.run(usage);
const usageSeconds = seconds();
await connection.run(pricesPerBand);
await connection.run(daily);
await connection.run('CHECKPOINT');
const wallSeconds = seconds();
const [row] = (await connection.runAndReadAll(totals)).getRows();
connection.closeSync();
instance.closeSync();

console.log(JSON.stringify({
  mode, version: row[4], wallSeconds, usageSeconds,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
  fileBytes: statSync(database).size, requests: Number(row[1]), unpricedRequests: Number(row[2]),
  rollupRows: Number(row[3]), totalPicos: row[0],
}));
