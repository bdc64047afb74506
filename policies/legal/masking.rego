# METADATA
# title: Data minimisation
# description: >-
#   How much of each data class is shown: the stricter of what the table of masks
#   says for each acting role and what the purpose says. A class that the purpose does
#   not list, or that any of them drops, is not shown at all.
# custom:
#   article: GDPR 5(1)(c), 25; PIPL 6
package allod.legal.masking

import data.allod.asked
import data.allod.legal.special

installed := true

# How strict a mask is: its place in the table's order, from clear to drop.
strictness[mask] := place if some place, mask in data.tables.mask_order

wanted contains class if {
	some class in asked.purpose.classes
	class in input.resource.classes
	not special.dropped[class]
}

# Every acting role has its say; of several, the strictest counts.
places[class] contains place if {
	some class in wanted
	some role in asked.acting
	place := strictness[data.tables.masks[role][class]]
}

# So has the purpose.
places[class] contains place if {
	some class in wanted
	place := strictness[asked.purpose.masks[class]]
}

# A role without a row for the class, or with a mask outside the order, hides it.
hidden contains class if {
	some class in wanted
	some role in asked.acting
	not ranked[[role, class]]
}

ranked contains [role, class] if {
	some role in asked.acting
	some class, mask in data.tables.masks[role]
	some listed in data.tables.mask_order
	listed == mask
}

masks[class] := mask if {
	some class, seen in places
	not hidden[class]
	mask := data.tables.mask_order[max(seen)]
	mask != "drop"
}

deny contains {
	"code": "purpose.data",
	"article": "GDPR 5(1)(c)",
	"fix": "nothing in this record is open to your role for this purpose",
} if count(masks) == 0
