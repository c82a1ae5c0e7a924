// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Handles that the server chooses.  Pure: see handles.h.
 */
#include <linux/kernel.h>

#include "nvabi/nvstatus.h"

#include "handles.h"

/**
 * sim_handle_next() - the handle to try next
 * @first: lowest one of its kind
 * @count: how many there are of its kind
 * @cursor: counted up; begins with 0
 *
 * Context: the caller holds the lock of @cursor.
 * Return: the handle; after @count calls it comes round.
 */
u32 sim_handle_next(u32 first, u32 count, u32 *cursor)
{
	return first + (*cursor)++ % count;
}

/**
 * sim_handle_check_object() - may a client give this handle to an object
 * @hclient: the client's own handle
 * @handle: the handle that it chose, not 0
 *
 * Context: any.
 * Return: NV_OK or NV_ERR_INVALID_OBJECT_HANDLE.
 */
u32 sim_handle_check_object(u32 hclient, u32 handle)
{
	/* Some controls take the client's handle where an object's stands. */
	return !handle || handle == hclient ? NV_ERR_INVALID_OBJECT_HANDLE :
					      NV_OK;
}
