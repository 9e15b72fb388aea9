/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <world/world.h>

#define pr_emerg(...) mblab_printk(0, __VA_ARGS__)
#define pr_alert(...) mblab_printk(1, __VA_ARGS__)
#define pr_crit(...) mblab_printk(2, __VA_ARGS__)
#define pr_err(...) mblab_printk(3, __VA_ARGS__)
#define pr_warn(...) mblab_printk(4, __VA_ARGS__)
#define pr_notice(...) mblab_printk(5, __VA_ARGS__)
#define pr_info(...) mblab_printk(6, __VA_ARGS__)
#define pr_debug(...) mblab_printk(7, __VA_ARGS__)
#define printk(...) mblab_printk(4, __VA_ARGS__)
/* Never limited here: a message that a real kernel drops for its rate is still one that it wanted to print. */
#define pr_warn_ratelimited(...) pr_warn(__VA_ARGS__)
#define pr_err_ratelimited(...) pr_err(__VA_ARGS__)
#define pr_info_ratelimited(...) pr_info(__VA_ARGS__)
#define pr_warn_once(...) pr_warn(__VA_ARGS__)

#define dump_stack() mblab_dump_stack()
