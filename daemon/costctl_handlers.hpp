#pragma once
// The handlers of costctl's commands. Each returns the exit code and throws Error.

#include "daemon/costctl_context.hpp"

namespace costd {

int show_status(Context& context, const Arguments& arguments);

int reload_configuration(Context& context, const Arguments& arguments);
int show_clock(Context& context, const Arguments& arguments);
int confirm_clock(Context& context, const Arguments& arguments);

int start_run(Context& context, const Arguments& arguments);
int list_runs(Context& context, const Arguments& arguments);
int show_run(Context& context, const Arguments& arguments);
int retry_run(Context& context, const Arguments& arguments);
int discard_run(Context& context, const Arguments& arguments);
int cancel_run(Context& context, const Arguments& arguments);
int watch_run(Context& context, const Arguments& arguments);
int ingest_files(Context& context, const Arguments& arguments);

int list_schedules(Context& context, const Arguments& arguments);
int show_next_slots(Context& context, const Arguments& arguments);
int show_previous_slots(Context& context, const Arguments& arguments);
int explain_schedule_in_words(Context& context, const Arguments& arguments);
int pause_schedule(Context& context, const Arguments& arguments);
int resume_schedule(Context& context, const Arguments& arguments);

int list_usage(Context& context, const Arguments& arguments);
int summarize_usage(Context& context, const Arguments& arguments);
int list_costs(Context& context, const Arguments& arguments);
int summarize_costs(Context& context, const Arguments& arguments);
int list_forecasts(Context& context, const Arguments& arguments);
int list_anomalies(Context& context, const Arguments& arguments);
int list_tenants(Context& context, const Arguments& arguments);
int show_tenant(Context& context, const Arguments& arguments);

int add_token(Context& context, const Arguments& arguments);
int list_tokens(Context& context, const Arguments& arguments);
int revoke_token_of(Context& context, const Arguments& arguments);

int list_outbox(Context& context, const Arguments& arguments);
int show_message(Context& context, const Arguments& arguments);
int confirm_message(Context& context, const Arguments& arguments);
int retry_message(Context& context, const Arguments& arguments);
int discard_message(Context& context, const Arguments& arguments);
int list_alerts(Context& context, const Arguments& arguments);

int list_prices(Context& context, const Arguments& arguments);
int add_price(Context& context, const Arguments& arguments);
int delete_price(Context& context, const Arguments& arguments);
int import_prices(Context& context, const Arguments& arguments);
int explain_price(Context& context, const Arguments& arguments);

int list_budgets(Context& context, const Arguments& arguments);
int add_budget(Context& context, const Arguments& arguments);
int edit_budget(Context& context, const Arguments& arguments);
int delete_budget(Context& context, const Arguments& arguments);
int show_budget_status(Context& context, const Arguments& arguments);
int decide_budget(Context& context, const Arguments& arguments);

int generate_chargeback(Context& context, const Arguments& arguments);
int list_chargebacks(Context& context, const Arguments& arguments);
int show_chargeback(Context& context, const Arguments& arguments);
int download_chargeback(Context& context, const Arguments& arguments);
int delete_chargeback(Context& context, const Arguments& arguments);

int list_periods(Context& context, const Arguments& arguments);
int close_period(Context& context, const Arguments& arguments);
int waive_period(Context& context, const Arguments& arguments);

int verify_audit(Context& context, const Arguments& arguments);
int list_audit_events(Context& context, const Arguments& arguments);
int export_audit_events(Context& context, const Arguments& arguments);
int verify_report_file(Context& context, const Arguments& arguments);

int set_tenant(Context& context, const Arguments& arguments);
int delete_tenant(Context& context, const Arguments& arguments);
int list_evidence_kinds(Context& context, const Arguments& arguments);
int list_evidence(Context& context, const Arguments& arguments);
int set_evidence(Context& context, const Arguments& arguments);
int delete_evidence(Context& context, const Arguments& arguments);

int generate_compliance(Context& context, const Arguments& arguments);
int list_compliance(Context& context, const Arguments& arguments);
int show_compliance(Context& context, const Arguments& arguments);
int download_compliance(Context& context, const Arguments& arguments);
int delete_compliance(Context& context, const Arguments& arguments);

}  // namespace costd
