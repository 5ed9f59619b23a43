"""MEFlowDataset (synthetic onset-apex pairs with exact flow) and MEFlowNet (the estimator trained on them)."""
