"""Approvals: flows that a company draws, who approves what runs on them, and every act for ever (A15 to A17, N11)."""
