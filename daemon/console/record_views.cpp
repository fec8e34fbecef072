#include "daemon/console/record_views.hpp"

#include "daemon/console/filter.hpp"
#include "daemon/console/words.hpp"
#include "ledger/mask.hpp"

namespace costd {
namespace {

/// Why a record has no cost, in words; "" where it has one.
std::string note_on(const std::string& state) {
  if (state == "unpriced") return "no price";
  if (state == "out_of_range") return "set apart: the amount is out of range";
  return "";
}

}  // namespace

OrderedJson record_rows(const OrderedJson& records, const OrderedJson& tenants, const Zone& zone) {
  OrderedJson rows = OrderedJson::array();
  for (const OrderedJson& record : records) {
    const auto cost = [&](const char* name) {
      const auto found = record.find(name);
      return found == record.end() ? std::string() : every_digit(*found);
    };
    rows.push_back({{"tenant", tenant_name(tenants, text(record, "tenantId"))},
                    {"key", mask_key(text(record, "apiKey"))},
                    {"model", text(record, "model")},
                    {"provider", text(record, "provider")},
                    {"input", count(record["inputTokens"])},
                    {"output", count(record["outputTokens"])},
                    {"total", count(record["totalTokens"])},
                    {"cached", count(record["cachedInputTokens"])},
                    {"input_cost", cost("inputCost")},
                    {"output_cost", cost("outputCost")},
                    {"cost", cost("totalCost")},
                    {"note", note_on(text(record, "state"))},
                    {"estimated", record["estimated"] == true},
                    {"hit", text(record, "cacheStatus") == "HIT"},
                    {"at", moment(record["timestamp"], zone)}});
  }
  return rows;
}

}  // namespace costd
