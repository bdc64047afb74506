# METADATA
# title: Residency and transfer
# description: >-
#   A record is read from the regions that the table of residency lists for the
#   region in which it is kept. Customers see their own data from anywhere.
# custom:
#   article: GDPR 44, 45; PIPL 38, 40
package allod.legal.residency

import data.allod.asked

installed := true

within if input.principal.region in data.tables.residency[input.resource.region]

within if asked.right

deny contains {
	"code": "residency.region",
	"article": "GDPR 44; PIPL 38",
	"fix": "read it from a region that the table of residency lists, or have legal add one",
	"params": {"region": input.resource.region},
} if not within
