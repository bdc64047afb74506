# METADATA
# title: The customer's own access
# description: >-
#   Customers reach their own data, all of it and in clear, and nobody else's. The
#   purposes that are a customer's right are open to nobody else.
# custom:
#   article: GDPR 12, 15, 20; PIPL 45, 50
package allod.legal.self_access

import data.allod.asked

installed := true

customer if input.principal.kind == "customer"

own if {
	customer
	input.resource.reach == "self"
}

permit contains "self.access" if {
	own
	asked.right
}

deny contains {
	"code": "self.not_own",
	"article": "GDPR 15(4); PIPL 45",
	"fix": "customers see their own data only",
} if {
	customer
	not own
}

deny contains {
	"code": "self.right",
	"article": "GDPR 12(6), 15; PIPL 45, 50",
	"fix": "only the customer uses this purpose; staff have purposes of their own",
} if {
	asked.right
	not customer
}
