// The other side of genai_prices_test.py: what @pydantic/genai-prices knows and computes.
//
//   node genai_prices.mjs PACKAGE_FOLDER              its providers with models and prices, as JSON
//   node genai_prices.mjs PACKAGE_FOLDER QUESTIONS    calcPrice for each question of the JSON file

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [folder, questions] = process.argv.slice(2)
const entry = join(folder, 'dist', 'index.cjs')
const { calcPrice, findProvider } = createRequire(import.meta.url)(entry)

// The data are no export. Every id in the package's text that is a provider's gives that provider.
function providers() {
  const ids = new Set([...readFileSync(entry, 'utf8').matchAll(/\bid:"([^"]+)"/g)].map((m) => m[1]))
  const found = [...ids].map((id) => findProvider({ providerId: id })).filter(Boolean)
  return [...new Map(found.map((p) => [p.id, p])).values()].map((provider) => ({
    id: provider.id,
    models: provider.models.map(({ id, match, prices }) => ({ id, match, prices })),
  }))
}

function answer({ provider, model, usage, timestamp }) {
  const result = calcPrice(usage, model, { providerId: provider, timestamp: new Date(timestamp) })
  return result && { model: result.model.id, total: result.total_price }
}

const asked = questions ? JSON.parse(readFileSync(questions, 'utf8')) : null
process.stdout.write(JSON.stringify(asked ? asked.map(answer) : providers()))
