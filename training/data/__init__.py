"""Where a batch comes from: photos, chips, holes, damage."""
