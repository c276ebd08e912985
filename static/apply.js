// The submission key stays with the tab's history: browsers put the old answers into the page that
// Back loads anew, and sending them again is then the same submission.
(() => {
	const key = document.querySelector("input[name=submissionKey]");
	key.value = history.state?.submissionKey ?? key.value;
	history.replaceState({ submissionKey: key.value }, "");
})();
