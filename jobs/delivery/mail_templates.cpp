#include "jobs/delivery/mail_templates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "jobs/delivery/chargeback_mail.hpp"
#include "jobs/delivery/compliance_mail.hpp"
#include "jobs/delivery/template_file.hpp"
#include "ledger/error.hpp"
#include "ledger/trimmed.hpp"

namespace costd {
namespace {

bool is_known(const std::string& name, const MailValues& values) {
  const auto& row_names = mail_row_names();
  return values.words.contains(name) || values.lists.contains(name) ||
         std::find(row_names.begin(), row_names.end(), name) != row_names.end();
}

/// Mustache renders a misspelt name as nothing; a mail without its total must not leave.
void require_known_names(const std::string& path, const std::string& text,
                         const MailValues& values) {
  for (auto open = text.find("{{"); open != std::string::npos; open = text.find("{{", open + 2)) {
    const auto close = text.find("}}", open);
    if (close == std::string::npos) return;  // mustache itself reports it
    std::string name = trimmed(text.substr(open + 2, close - open - 2));
    const char kind = name.empty() ? '!' : name.front();
    if (kind == '!' || name == ".") continue;
    if (kind == '>' || kind == '=') {
      throw Error(ErrorCode::config,
                  fmt::format("{}: {{{{{}}}}}: partials and other delimiters are not supported; "
                              "write the text out",
                              path, name));
    }
    if (std::string_view("#^/&{").find(kind) != std::string_view::npos) {
      name = trimmed(name.substr(1));
    }
    if (!is_known(name, values)) {
      throw Error(ErrorCode::config,
                  fmt::format("{}: unknown name \"{}\"; the names are listed in the README.md "
                              "beside the folder mail",
                              path, name));
    }
  }
}

nlohmann::ordered_json to_json(const MailValues& values) {
  nlohmann::ordered_json json(values.words);
  for (const auto& [name, rows] : values.lists) json[name] = rows;
  return json;
}

std::string render_file(const std::string& path, Escape escape, const MailValues& values) {
  const TemplateFile file = read_template(path);
  require_known_names(path, file.text, values);
  return render_template(file, escape, to_json(values));
}

/// NAME.txt and NAME.html of the folder mail, under a subject.
MailText render_body(const std::string& base, std::string subject, const MailValues& values) {
  MailText mail;
  mail.subject = std::move(subject);
  mail.text = render_file(base + ".txt", Escape::none, values);
  mail.html = render_file(base + ".html", Escape::html, values);
  return mail;
}

/// The same with NAME.subject.
MailText render_mail(const std::string& templates_dir, const std::string& name,
                     const MailValues& values) {
  const std::string base = templates_dir + "/mail/" + name;
  std::string subject = trimmed(render_file(base + ".subject", Escape::none, values));
  if (subject.empty() || subject.find_first_of("\r\n") != std::string::npos) {
    throw Error(ErrorCode::config, base + ".subject: a subject is one line of text");
  }
  return render_body(base, std::move(subject), values);
}

}  // namespace

MailText render_chargeback_mail(const ChargebackModel& model, const std::string& templates_dir,
                                const std::string& model_sha256) {
  return render_mail(templates_dir, "chargeback", chargeback_mail_values(model, model_sha256));
}

MailText render_compliance_mail(const ComplianceModel& model, const std::string& templates_dir,
                                const std::string& model_sha256) {
  return render_mail(templates_dir, "compliance", compliance_mail_values(model, model_sha256));
}

MailText render_alert_mail(const RaisedAlert& raised, const std::string& templates_dir) {
  return render_mail(templates_dir, "alert", alert_mail_values(raised));
}

MailText render_too_large_mail(const TooLargeMail& mail, const std::string& templates_dir) {
  return render_body(templates_dir + "/mail/too_large", mail.subject, too_large_mail_values(mail));
}

}  // namespace costd
