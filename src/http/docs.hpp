// SPDX-License-Identifier: EUPL-1.2
// The API's description as one page, made from the route table: no script, no foreign host. Pure.
#pragma once
#include <string>
#include <string_view>

namespace flora::http {

std::string docs_page(bool demo);
// Content-Security-Policy of the page: nothing but its own style.
std::string_view docs_policy();

}  // namespace flora::http
