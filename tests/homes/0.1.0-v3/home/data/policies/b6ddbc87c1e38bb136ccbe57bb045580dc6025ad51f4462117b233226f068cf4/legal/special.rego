# METADATA
# title: Special categories
# description: >-
#   Health, belief, orientation and the like are left out of every disclosure unless
#   the purpose lists the condition under which the catalogue holds them, the caller is
#   strongly authenticated, and the person agreed where the law asks for that. Customers
#   see their own.
# custom:
#   article: GDPR 9; PIPL 28, 29
package allod.legal.special

import data.allod.asked

installed := true

permitted if asked.right

permitted if {
	condition_fits
	agreed
}

condition := object.get(input.resource, "condition", "none")

condition_fits if {
	condition in asked.purpose.special
	input.principal.assurance >= 2
}

explicit if condition != "9(2)(a)"

explicit if input.resource.consent == "granted"

agreed if {
	explicit
	asked.law
	not asked.separate.special
}

dropped contains "special" if not permitted

asked_for_nothing_else if {class | some class in input.resource.classes} == {"special"}

deny contains {
	"code": "special.basis",
	"article": "GDPR 9(1), 9(2); PIPL 28(2)",
	"fix": "this purpose has no condition for special categories, or you must sign in more strongly",
} if {
	asked_for_nothing_else
	not asked.right
	not condition_fits
}

deny contains {
	"code": "special.consent",
	"article": "GDPR 9(2)(a); PIPL 29",
	"fix": "ask the customer for an explicit consent to this purpose, by itself",
} if {
	asked_for_nothing_else
	not asked.right
	condition_fits
	not agreed
}
