# METADATA
# title: Special categories
# description: >-
#   Health, belief, orientation and the like are left out of every disclosure unless
#   the purpose names a basis under which they may be seen and the caller is strongly
#   authenticated. Customers see their own.
# custom:
#   article: GDPR 9; PIPL 28, 29
package allod.legal.special

import data.allod.asked

installed := true

permitted if asked.right

permitted if {
	input.resource.basis in asked.purpose.special
	input.principal.assurance >= 2
}

dropped contains "special" if not permitted

asked_for_nothing_else if {class | some class in input.resource.classes} == {"special"}

deny contains {
	"code": "special.basis",
	"article": "GDPR 9(1), 9(2)",
	"fix": "this purpose has no basis for special categories, or you must sign in more strongly",
} if {
	asked_for_nothing_else
	not permitted
}
