// SPDX-License-Identifier: EUPL-1.2
// Small files of a home, written once and durably. Any thread.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace flora::node {

enum class Access : std::uint8_t { kOwner, kAll };  // who may read: mode 0600 or 0644

// Makes the file and syncs it; never overwrites. Errors: kAlreadyExists, kDiskFull, kFileUnwritable.
base::Status write_new_file(const std::filesystem::path& path, std::string_view content, Access access);
// Makes the folder and its parents, for its owner only. Errors: kFileUnwritable.
base::Status make_folder(const std::filesystem::path& path);
// Errors: kFileUnreadable, kTooLarge (over 64 MiB).
base::Result<std::string> read_file(const std::filesystem::path& path);
// A secret of exactly 32 bytes, as it stands in its file. Errors: kFileUnreadable, kCorrupt.
base::Result<base::Hash> read_secret(const std::filesystem::path& path);
// Makes what stands in the folder durable (names of new files).
void sync_folder(const std::filesystem::path& path);

}  // namespace flora::node
