"""Language models: prompt, parameters, and transcripts that are replayed."""
