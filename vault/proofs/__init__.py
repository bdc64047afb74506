"""What customers carry away: openings, receipts, evidence of when."""
