// SPDX-License-Identifier: EUPL-1.2
#include "http/static.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/hash.hpp"

namespace flora::http {

using base::Code;
using base::fail;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kAllBytesMax = 64UL * 1024 * 1024;

constexpr std::string_view kPolicy =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".ico", "image/x-icon"},
    {".webp", "image/webp"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
    {".map", "application/json"},
};

std::string_view type_of(std::string_view path) {
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

bool has_extension(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  return name.find('.') != std::string_view::npos;
}

}  // namespace

base::Result<StaticFiles> StaticFiles::load(const std::string& root) {
  StaticFiles out;
  if (root.empty()) return out;
  std::error_code error;
  std::size_t bytes = 0;
  std::map<std::string, std::shared_ptr<const std::string>> contents;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().string().starts_with('.')) {
      if (it->is_directory(error)) it.disable_recursion_pending();
      continue;
    }
    if (!it->is_regular_file(error)) continue;
    std::ifstream file(it->path(), std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file) return fail(Code::kFileUnreadable, it->path().string());
    bytes += content.size();
    if (bytes > kAllBytesMax) return fail(Code::kTooLarge, fmt::format("{}: over {} bytes", root, kAllBytesMax));
    contents.emplace("/" + fs::relative(it->path(), root, error).generic_string(),
                     std::make_shared<const std::string>(std::move(content)));
  }
  if (error) return fail(Code::kFileUnreadable, fmt::format("{}: {}", root, error.message()));
  for (const auto& [path, content] : contents) {
    if (path.ends_with(".gz") && contents.contains(path.substr(0, path.size() - 3))) continue;
    const auto gzip = contents.find(path + ".gz");
    const auto hash = crypto::sha256(base::as_bytes(*content));
    out.files_.emplace(path, File{.body = content,
                                  .gzip = gzip == contents.end() ? nullptr : gzip->second,
                                  .type = std::string(type_of(path)),
                                  .etag = fmt::format("\"{}\"", base::to_hex(base::ByteView(hash).first(12))),
                                  .immutable = path.starts_with("/assets/")});
  }
  return out;
}

Response StaticFiles::answer(const Request& request) const {
  auto found = files_.find(request.path);
  if (found == files_.end() && !has_extension(request.path)) found = files_.find("/index.html");
  if (found == files_.end()) return problem({Code::kHttpNotFound, {}}, request.trace);
  const File& file = found->second;
  Response out;
  out.content_type = file.type;
  out.headers = {{"ETag", file.etag},
                 {"Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache"},
                 {"Content-Security-Policy", std::string(kPolicy)},
                 {"Vary", "Accept-Encoding"}};
  if (request.header("if-none-match") == file.etag) {
    out.status = 304;
    return out;
  }
  out.shared_body = file.body;
  if (file.gzip && request.header("accept-encoding").find("gzip") != std::string_view::npos) {
    out.shared_body = file.gzip;
    out.headers.emplace_back("Content-Encoding", "gzip");
  }
  return out;
}

}  // namespace flora::http
