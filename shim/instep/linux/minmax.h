/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kept in step with the kernel: min, max, clamp. Macros in C, function templates in C++,
 * where a macro of that name would break every standard header that comes after it.
 */
#pragma once

#ifdef __cplusplus
extern "C++" {
template <typename T> constexpr T min(T a, T b)
{
	return b < a ? b : a;
}
template <typename T> constexpr T max(T a, T b)
{
	return a < b ? b : a;
}
template <typename T> constexpr T clamp(T value, T low, T high)
{
	return min(max(value, low), high);
}
}
#else
#define MBLAB_LESSER(type_a, a, type_b, b)                                                                             \
	({                                                                                                             \
		type_a mblab_a = (a);                                                                                  \
		type_b mblab_b = (b);                                                                                  \
		mblab_a < mblab_b ? mblab_a : mblab_b;                                                                 \
	})
#define MBLAB_GREATER(type_a, a, type_b, b)                                                                            \
	({                                                                                                             \
		type_a mblab_c = (a);                                                                                  \
		type_b mblab_d = (b);                                                                                  \
		mblab_c > mblab_d ? mblab_c : mblab_d;                                                                 \
	})
#define min(a, b) MBLAB_LESSER(__typeof__(a), a, __typeof__(b), b)
#define max(a, b) MBLAB_GREATER(__typeof__(a), a, __typeof__(b), b)
#define clamp(value, low, high) min(max(value, low), high)
#endif

#define min_t(type, a, b) MBLAB_MIN_T(type, a, b)
#define max_t(type, a, b) MBLAB_MAX_T(type, a, b)
#ifdef __cplusplus
#define MBLAB_MIN_T(type, a, b) min<type>(static_cast<type>(a), static_cast<type>(b))
#define MBLAB_MAX_T(type, a, b) max<type>(static_cast<type>(a), static_cast<type>(b))
#else
#define MBLAB_MIN_T(type, a, b) MBLAB_LESSER(type, a, type, b)
#define MBLAB_MAX_T(type, a, b) MBLAB_GREATER(type, a, type, b)
#endif
#define clamp_t(type, value, low, high) min_t(type, max_t(type, value, low), high)
