"""Attribution: orders, who contributed to them by which share, bonus periods and the credit that bonuses are paid from."""
