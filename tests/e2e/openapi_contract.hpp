#pragma once

/// The OpenAPI document of a running service as a contract that answers are held against.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "support/json_schema.hpp"
#include "support/raw_http.hpp"

namespace tidemark {

/// One operation of the document: "GET /events/{event_id}".
struct Operation {
  std::string name;
  std::string method;  ///< as it is sent
  std::string path;
  const boost::json::object* content = nullptr;

  /// "200", "default" and so on, in order.
  [[nodiscard]] std::vector<std::string> statuses() const;
  [[nodiscard]] bool documents(std::string_view status) const;
  /// A target that the document itself gives the examples for: path and required parameters.
  [[nodiscard]] std::string example_target() const;
};

class Contract {
 public:
  explicit Contract(boost::json::value document);

  [[nodiscard]] const std::vector<Operation>& operations() const { return operations_; }
  [[nodiscard]] const Operation& operation(std::string_view name) const;

  /// What is unsound about the document as such.
  [[nodiscard]] std::vector<std::string> faults() const;

  /// What about an answer differs from the document: its status, content type, body, headers.
  std::vector<std::string> faults_of(std::string_view operation,
                                     const testing_support::RawAnswer& answer);

  /// What is documented, and what of it an answer has shown: "GET /events 200 application/json",
  /// and headers as "GET /events 429 Retry-After".
  [[nodiscard]] std::set<std::string> documented() const;
  [[nodiscard]] const std::set<std::string>& seen() const { return seen_; }

 private:
  void check_operation(const Operation& operation, std::vector<std::string>& faults) const;
  void check_responses(const Operation& operation, std::vector<std::string>& faults) const;
  void check_parameters(const Operation& operation, std::vector<std::string>& faults) const;
  void check_media(const std::string& place, const boost::json::value& content,
                   std::vector<std::string>& faults) const;
  void see_headers(const std::string& place, const boost::json::object& response,
                   const testing_support::RawAnswer& answer, std::vector<std::string>& faults);
  void see_body(const std::string& place, const boost::json::object& response,
                const testing_support::RawAnswer& answer, std::vector<std::string>& faults);

  boost::json::value document_;
  testing_support::SchemaChecker schemas_;
  std::vector<Operation> operations_;
  std::set<std::string> seen_;
};

}  // namespace tidemark
