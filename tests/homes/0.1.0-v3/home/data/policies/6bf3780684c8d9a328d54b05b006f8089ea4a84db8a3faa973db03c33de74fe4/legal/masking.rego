# METADATA
# title: Data minimisation
# description: >-
#   How much of each data class is shown: the stricter of what the table of masks
#   says for each acting role and what the purpose says. A class that the purpose does
#   not list, or that any of them drops, is not shown at all, and not written either.
# custom:
#   article: GDPR 5(1)(c), 25; PIPL 6
package allod.legal.masking

import data.allod.asked
import data.allod.legal.special

installed := true

# How strict a mask is: its place in the table's order, from clear to drop.
strictness[mask] := place if some place, mask in data.tables.mask_order

strictest := count(data.tables.mask_order) - 1

wanted contains class if {
	some class in asked.purpose.classes
	class in input.resource.classes
	not special.dropped[class]
}

# Every acting role has its say; of several, the strictest counts. A role without a row
# for the class drops it, and so does a mask that is not in the order.
places[class] contains place if {
	some class in wanted
	some role in asked.acting
	mask := object.get(data.tables.masks, [role, class], "drop")
	place := object.get(strictness, mask, strictest)
}

# The purpose has its say too.
places[class] contains place if {
	some class in wanted
	place := object.get(strictness, asked.purpose.masks[class], strictest)
}

masks[class] := mask if {
	some class in wanted
	count(asked.acting) > 0
	mask := data.tables.mask_order[max(places[class])]
	mask != "drop"
}

deny contains {
	"code": "purpose.data",
	"article": "GDPR 5(1)(c); PIPL 6(2)",
	"fix": "nothing in this record is open to your role for this purpose",
} if {
	count(asked.acting) > 0
	count(masks) == 0
}

# A write carries whole values: of a class that would not be shown, none is taken.
beyond contains class if {
	some class in input.resource.classes
	not masks[class]
}

deny contains {
	"code": "purpose.write",
	"article": "GDPR 5(1)(c); PIPL 6(2)",
	"fix": "leave out the data that this purpose or your role does not cover, or write it for another purpose",
} if {
	input.action == "write"
	"write" in asked.purpose.actions
	count(masks) > 0
	count(beyond) > 0
}
