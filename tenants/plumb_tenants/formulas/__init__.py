"""The one formula language: Excel-like, Chinese or English, typed, bounded, over Decimal."""
