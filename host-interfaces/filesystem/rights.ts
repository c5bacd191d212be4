/**
 * What a grant of files can allow:
 *
 * - `stat`: see that something exists, its type, size and times; open a folder; read a symbolic link.
 *   Every other right brings it along, and it covers the folders on the way to a granted prefix.
 * - `read`: read a file. `list`: list a folder. `write`: change a file's bytes, size or times.
 * - `create`: make a file, folder or link. `delete`: remove one.
 *
 * A rename needs read, write and delete (for a folder also list) on the old name and create on the new one (and delete if that replaces
 * something); a hard link needs read and write on the old name and create on the new one. So a new name never gives
 * more than the old one. A denial of write or of anything below the new name refuses all three of rename, hard link and
 * symbolic link: whatever stands there then stands for what is denied.
 */
export const rights = ["stat", "read", "list", "write", "create", "delete"] as const;
export type Right = (typeof rights)[number];
