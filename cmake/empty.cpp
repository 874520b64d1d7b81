// SPDX-License-Identifier: EUPL-1.2
// Stands in for a module that consists of headers only.
