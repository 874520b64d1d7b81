// SPDX-License-Identifier: EUPL-1.2
// The web application's files, read once at start and served from memory: no path of a request ever reaches the file system.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/message.hpp"

namespace flora::http {

class StaticFiles {
 public:
  // `root` empty: nothing is served. Beside a file x, x.gz is its compressed form. Errors: kFileUnreadable, kTooLarge.
  static base::Result<StaticFiles> load(const std::string& root);

  // The file at a decoded path; index.html for paths without an extension (the application's own addresses).
  // 404 problem if there is none. Only for GET and HEAD.
  Response answer(const Request& request) const;
  bool empty() const { return files_.empty(); }

 private:
  struct File {
    std::shared_ptr<const std::string> body, gzip;
    std::string type, etag;
    bool immutable = false;  // its name carries a hash of its content
  };
  std::map<std::string, File, std::less<>> files_;  // by path, "/assets/x.js"
};

}  // namespace flora::http
