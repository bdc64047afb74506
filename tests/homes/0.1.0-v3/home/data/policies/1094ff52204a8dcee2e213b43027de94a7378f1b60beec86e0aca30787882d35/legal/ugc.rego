# METADATA
# title: Contributions and their licence
# description: >-
#   What a customer wrote or made is used only as far as they authorised it: for this
#   purpose, this product and territory, and until the end date. Nothing is authorised
#   unless they were asked and said yes.
# custom:
#   article: GDPR 5(1)(b), 7(2), 7(3); PIPL 6, 14, 15
package allod.legal.ugc

import data.allod.asked

installed := true

contribution if input.resource.ugc != "none"

licence_needed if asked.purpose.ugc != ""

deny contains {
	"code": "ugc.purpose",
	"article": "GDPR 5(1)(b); PIPL 6(1)",
	"fix": "contributions are not used for this purpose",
} if {
	contribution
	asked.purpose.contributions == "closed"
}

deny contains {
	"code": "ugc.none",
	"article": "GDPR 5(1)(b); PIPL 6(1)",
	"fix": "this record is no contribution, so there is nothing to license",
} if {
	licence_needed
	not contribution
}

deny contains {
	"code": "ugc.unasked",
	"article": "GDPR 7(2); PIPL 14(1)",
	"fix": "ask the contributor for a licence to this purpose, with an end date",
} if {
	licence_needed
	input.resource.ugc == "unasked"
}

deny contains {
	"code": "ugc.withdrawn",
	"article": "GDPR 7(3); PIPL 15(1)",
	"fix": "the contributor withdrew the licence; take the item out of use",
} if {
	licence_needed
	input.resource.ugc == "withdrawn"
}

deny contains {
	"code": "ugc.expired",
	"article": "GDPR 5(1)(b), 5(1)(e); PIPL 6(1), 19",
	"fix": "the licence has ended; ask the contributor to renew it",
} if {
	licence_needed
	input.resource.ugc == "expired"
}

deny contains {
	"code": "ugc.restricted",
	"article": "GDPR 18(2); PIPL 44",
	"fix": "the contributor restricted this item; it may be kept, not used",
} if {
	licence_needed
	input.resource.ugc == "restricted"
}

deny contains {
	"code": "ugc.out_of_scope",
	"article": "GDPR 5(1)(b); PIPL 14(2)",
	"fix": "the licence covers another purpose, product or territory; ask for this one",
} if {
	licence_needed
	input.resource.ugc == "out_of_scope"
}
