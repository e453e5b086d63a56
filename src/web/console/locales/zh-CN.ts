/** Words of the frame around the studio and the desk. */
export const consoleZh = {
  console: {
    signIn: '工作人员登录',
    login: '账号',
    password: '密码',
    enter: '登录',
    entering: '正在登录…',
    resuming: '正在恢复登录…',
    copy: '复制',
    copied: '已复制',
    menu: '导航',
    account: '当前账号',
    languageSwitch: '切换语言',
    reload: '重新加载',
    skip: '跳到内容',
  },
};
