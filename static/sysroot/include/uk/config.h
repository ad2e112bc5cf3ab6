/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __UK_CONFIG_H__
#include <uk/_config.h>
#ifndef __UK_CONFIG_H__
#define __UK_CONFIG_H__
#endif
#endif
