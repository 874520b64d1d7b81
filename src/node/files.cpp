// SPDX-License-Identifier: EUPL-1.2
#include "node/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace flora::node {

using base::Code;
using base::Status;
namespace fs = std::filesystem;

Status write_new_file(const fs::path& path, std::string_view content, Access access) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, access == Access::kOwner ? 0600 : 0644);
  if (file < 0) {
    return errno == EEXIST ? base::fail(Code::kAlreadyExists, path.string())
                           : base::fail(Code::kFileUnwritable, path.string() + ": " + std::strerror(errno));
  }
  std::string_view left = content;
  bool good = true;
  while (good && !left.empty()) {
    const auto written = ::write(file, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    good = written > 0;
    if (good) left.remove_prefix(static_cast<std::size_t>(written));
  }
  good = good && ::fsync(file) == 0;
  const int why = errno;
  ::close(file);
  if (good) return {};
  return base::fail(why == ENOSPC ? Code::kDiskFull : Code::kFileUnwritable, path.string() + ": " + std::strerror(why));
}

Status make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  return error ? base::fail(Code::kFileUnwritable, path.string() + ": " + error.message()) : Status{};
}

base::Result<std::string> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return base::fail(Code::kFileUnreadable, path.string());
  const auto size = static_cast<std::int64_t>(in.tellg());
  if (size > 64 * 1024 * 1024) return base::fail(Code::kTooLarge, path.string());
  std::string content(static_cast<std::size_t>(std::max<std::int64_t>(size, 0)), '\0');
  in.seekg(0);
  if (!in.read(content.data(), size)) return base::fail(Code::kFileUnreadable, path.string());
  return content;
}

base::Result<base::Hash> read_secret(const fs::path& path) {
  FLORA_TRY(const auto content, read_file(path));
  const auto hash = base::Hash::from(base::as_bytes(content));
  if (!hash) return base::fail(Code::kCorrupt, path.string() + ": not 32 bytes");
  return *hash;
}

void sync_folder(const fs::path& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  (void)::fsync(folder);
  ::close(folder);
}

}  // namespace flora::node
