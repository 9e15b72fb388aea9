/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No-op: nothing in this header bears on bootmem; it exists so that the #include is met. */
#pragma once
