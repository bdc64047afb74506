"""Who reaches whom: units, posts, assignments, grants, holds, restrictions."""
