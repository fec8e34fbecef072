#include <array>

#include "daemon/costctl_command.hpp"
#include "daemon/costctl_handlers.hpp"

namespace costd {
namespace {

// The filters that most questions about usage and cost take. Macros, because literals join and
// string views do not.
#define COSTD_FILTERS "[--tenant T] [--api-key K] [--model M] [--provider P] [--from D] [--to D]"
#define COSTD_PAGE "[--limit N] [--offset N] [--cursor C]"

constexpr auto commands = std::to_array<Command>({
    {"status", "", show_status, "health, version, open problems, last runs, next slots"},
    {"reload", "", reload_configuration, "read the configuration again, all of it or nothing"},
    {"clock show", "", show_clock, "the daemon's clock, and whether it is trusted"},
    {"clock confirm", "", confirm_clock, "the clock is right: go on closing and mailing"},
    {"run",
     "JOB [--period M | --from D --to D] [--tenant T] [--as-of D] [--type TYPE] "
     "[--schedule NAME] [--wait]",
     start_run, "start a job now, or several: ingest,rollup"},
    {"runs list", "[--schedule NAME] [--state S] [--limit N]", list_runs, "the latest runs"},
    {"runs show", "ID", show_run, "one run: counts, outputs, log"},
    {"runs cancel", "ID", cancel_run, "stop a run"},
    {"runs retry", "ID", retry_run, "try a failed or waiting run again now"},
    {"runs discard", "ID --reason R", discard_run, "a failed run is not to be tried again"},
    {"runs watch", "ID", watch_run, "follow a run to its end"},
    {"schedules list", "", list_schedules, "the schedules with their next slot and last run"},
    {"schedules next", "NAME [N] [--after INSTANT]", show_next_slots, "the next N slots"},
    {"schedules prev", "NAME [N] [--before INSTANT]", show_previous_slots,
     "the last N slots, newest first"},
    {"schedules explain", "NAME", explain_schedule_in_words,
     "what a schedule means, and what changes of the clock do to it"},
    {"schedules pause", "NAME", pause_schedule, "start nothing from it until resumed"},
    {"schedules resume", "NAME", resume_schedule, "go on with a paused schedule"},
    {"ingest", "FILE... [--source NAME]", ingest_files, "put files through the spool now"},
    {"usage list", COSTD_FILTERS " " COSTD_PAGE, list_usage, "usage records, newest first"},
    {"usage summary", COSTD_FILTERS, summarize_usage, "requests and tokens in all"},
    {"costs list", COSTD_FILTERS " " COSTD_PAGE, list_costs, "cost of each request"},
    {"costs summary", COSTD_FILTERS " [--group-by DIMENSION] [--basis usage|booked]",
     summarize_costs, "cost in all and by tenant, apiKey, model, provider or day"},
    {"prices list", "[--history]", list_prices, "the price book"},
    {"prices add",
     "--model PATTERN [--provider P] [--service-tier T] --effective D --input USD --output USD "
     "[--cache-read USD] [--cache-write USD] [--cache-write-1h USD] [--long-context-above TOKENS] "
     "[--long-context-input USD] [--long-context-output USD] [--long-context-cache-read USD] "
     "[--long-context-cache-write USD] [--dry-run]",
     add_price, "add one entry, in USD per million tokens"},
    {"prices delete", "ID [--yes] [--dry-run]", delete_price,
     "retire an entry; closed months keep what it priced"},
    {"prices import", "FILE [--effective D] [--dry-run]", import_prices,
     "add the entries of a price file, ours or LiteLLM's map"},
    {"prices explain", "MODEL [--provider P] [--on DATE] [--service-tier T]", explain_price,
     "which entry prices a model, and why"},
    {"forecasts", "[--tenant T] [--by WHAT] [--as-of D]", list_forecasts,
     "where the month is going"},
    {"anomalies", "[--tenant T] [--rule RULE] [--from D] [--to D]", list_anomalies,
     "spend that history did not predict"},
    {"chargeback generate", "[--tenant T] --from D --to D [--wait]", generate_chargeback,
     "make a chargeback report (PDF, CSV, XLSX)"},
    {"chargeback list", "[--tenant T]", list_chargebacks, "the reports made so far"},
    {"chargeback show", "ID", show_chargeback, "one report and its files"},
    {"chargeback download", "ID --to DIR [--format-file F]", download_chargeback,
     "write a report's files to a folder"},
    {"chargeback delete", "ID --reason R [--yes]", delete_chargeback,
     "delete a report's files; who and why stays on record"},
    {"compliance generate", "--type TYPE [--tenant T] --from D --to D [--recipients LIST] [--wait]",
     generate_compliance,
     "make a report of type soc2, hipaa or gdpr: of a tenant, of all, or of each"},
    {"compliance list", "[--type TYPE] [--tenant T]", list_compliance,
     "the compliance reports made so far"},
    {"compliance show", "ID", show_compliance, "one report, what it found, and its files"},
    {"compliance download", "ID --to DIR [--format-file F]", download_compliance,
     "write a report's files, manifest and signatures to a folder"},
    {"compliance delete", "ID --reason R [--yes]", delete_compliance,
     "delete a report's files; who and why stays on record"},
    {"periods list", "[--tenant T] [--month M]", list_periods,
     "months: open, in their grace time or closed, and what is in the way"},
    {"periods close", "PERIOD [--tenant T] [--wait]", close_period,
     "close a month as far as its gates are open, with its FINAL statements"},
    {"periods waive", "PERIOD --reason R [--tenant T] [--gate G] [--wait]", waive_period,
     "let a month close in spite of what blocks it; your name stays with the reason"},
    {"budgets list", "[--tenant T] [--limit N] [--offset N]", list_budgets,
     "the budget caps, and how many there are"},
    {"budgets add",
     "--name NAME --period PERIOD --limit USD [--tenant TENANT] [--api-key KEY] "
     "[--soft-limit PERCENT] [--managed-by WHO] [--disable]",
     add_budget, "add a cap"},
    {"budgets edit",
     "ID [--name NAME] [--period PERIOD] [--limit USD] [--tenant TENANT] [--api-key KEY] "
     "[--soft-limit PERCENT] [--managed-by WHO] [--enable] [--disable] [--if-version V]",
     edit_budget, "change a cap"},
    {"budgets delete", "ID [--yes]", delete_budget, "delete a cap; its versions stay on record"},
    {"budgets status", "[ID] [--tenant T] [--limit N] [--offset N]", show_budget_status,
     "what is used of each cap and where it is going, or of one"},
    {"budgets decision", "--tenant T [--api-key K]", decide_budget,
     "what a gateway is told before a call: allow, warn or block"},
    {"audit verify", "[FILE...] [--secret-file F] [--anchor COUNT:HEAD] [--key KEY]", verify_audit,
     "whether the audit chain is whole: the daemon's own, an export of it, or the gateway's log"},
    {"audit list",
     "[--action ACTION] [--actor ACTOR] [--tenant T] [--from TIME] [--to TIME] [--after SEQ] "
     "[--limit N]",
     list_audit_events, "what was done, by whom, oldest first"},
    {"audit export", "--to FILE", export_audit_events,
     "write all events to a file that audit verify takes"},
    {"verify", "FILE [--manifest FILE] [--key KEY]", verify_report_file,
     "whether a report's file, or all of its manifest's, are what was signed; needs no daemon"},
    {"tenants list", "", list_tenants, "the tenants"},
    {"tenants show", "T", show_tenant, "one tenant"},
    {"tenants set", "T KEY=VALUE...", set_tenant,
     "describe a tenant that is not in the tenants file: name=, region=, metadata.KEY=, "
     "settings.AREA.KEY=; a blank value takes it away"},
    {"tenants delete", "T [--yes]", delete_tenant,
     "take away all that is said of such a tenant; what it used stays"},
    {"evidence kinds", "", list_evidence_kinds,
     "what the site can say about itself for compliance reports, with all fields"},
    {"evidence list", "KIND [--tenant T]", list_evidence,
     "records of a kind: policies, api-keys, reviews, ..."},
    {"evidence set", "KIND ID [--tenant TENANT] FIELD=VALUE...", set_evidence,
     "set fields of a record, or begin one; a blank value takes a field away"},
    {"evidence delete", "KIND ID [--yes]", delete_evidence,
     "delete a record that is not in the evidence file"},
    {"tokens add", "--name LABEL --role ROLE [--tenant T] [--expires AGE]", add_token,
     "make an access token for HTTP over TCP; it is shown once"},
    {"tokens list", "", list_tokens, "the access tokens, with who made them and their last use"},
    {"tokens revoke", "ID", revoke_token_of, "an access token holds no more, from now on"},
    {"outbox list", "[--limit N]", list_outbox, "messages waiting, sent and given up"},
    {"outbox show", "ID", show_message, "one message, and each attempt to deliver it"},
    {"outbox retry", "ID", retry_message, "send a message now that waits, is held or was given up"},
    {"outbox confirm", "ID [--reason R]", confirm_message,
     "say that a message arrived of which nobody knew"},
    {"outbox discard", "ID [--reason R] [--yes]", discard_message,
     "never send a message that waits, is held or was given up"},
    {"alerts list", "[--tenant T] [--limit N]", list_alerts, "what was told, newest first"},
});

#undef COSTD_FILTERS
#undef COSTD_PAGE

}  // namespace

std::span<const Command> costctl_commands() {
  return commands;
}

}  // namespace costd
