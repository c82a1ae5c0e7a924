/* SPDX-License-Identifier: MIT */
/*
 * A directory's contents copied into another one, for `tmpcopyup`.
 */
#ifndef GNV_OCI_COPY_TREE_H
#define GNV_OCI_COPY_TREE_H

/*
 * @from_fd is somebody else's and may change meanwhile, @to_fd nobody else's yet.  No link
 * is followed and no other file system entered.  Owners, modes and times are kept, extended
 * attributes are not; what @to_fd has already stays.  Return: 0 or -errno.
 */
int oci_copy_tree(int from_fd, int to_fd);

#endif /* GNV_OCI_COPY_TREE_H */
