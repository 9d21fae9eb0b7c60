"""Letter and résumé as files to take along."""
