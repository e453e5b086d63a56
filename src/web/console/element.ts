/** The Element Plus components the consoles use, each with its own CSS and nothing of the rest. */
import 'element-plus/es/components/button/style/css';
import 'element-plus/es/components/config-provider/style/css';
import 'element-plus/es/components/date-picker/style/css';
import 'element-plus/es/components/dialog/style/css';
import 'element-plus/es/components/form/style/css';
import 'element-plus/es/components/form-item/style/css';
import 'element-plus/es/components/input/style/css';
import 'element-plus/es/components/input-number/style/css';
import 'element-plus/es/components/input-tag/style/css';
import 'element-plus/es/components/option/style/css';
import 'element-plus/es/components/select/style/css';
import 'element-plus/es/components/tab-pane/style/css';
import 'element-plus/es/components/tabs/style/css';
import 'element-plus/es/components/tooltip/style/css';

export { ElButton } from 'element-plus/es/components/button/index.mjs';
export { ElConfigProvider } from 'element-plus/es/components/config-provider/index.mjs';
export { ElDatePicker } from 'element-plus/es/components/date-picker/index.mjs';
export { ElDialog } from 'element-plus/es/components/dialog/index.mjs';
export { ElForm, ElFormItem } from 'element-plus/es/components/form/index.mjs';
export { ElInput } from 'element-plus/es/components/input/index.mjs';
export { ElInputNumber } from 'element-plus/es/components/input-number/index.mjs';
export { ElInputTag } from 'element-plus/es/components/input-tag/index.mjs';
export { ElOption, ElSelect } from 'element-plus/es/components/select/index.mjs';
export { ElTabPane, ElTabs } from 'element-plus/es/components/tabs/index.mjs';
export { ElTooltip } from 'element-plus/es/components/tooltip/index.mjs';
